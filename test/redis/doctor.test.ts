// `sealwire doctor` looks at a shared replay store without writing to it.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { doctor } from '../doctor.ts';
import { fresh, writePolicy } from '../fixture.ts';
import { redisDescribe, redisOfItsOwn, redisTest, replayOver } from './stage.ts';

redisDescribe('a shared replay store', () => {
  redisTest('is looked at: TLS, login, what it forgets, and its clock; nothing is written', async () => {
    const server = await redisOfItsOwn();
    const admin = new Redis(server.url, {
      password: server.password,
      tls: { ca: readFileSync(server.caFile) },
    });
    try {
      const replay = replayOver(server);
      const queue = fresh('orders');
      const policy = writePolicy({
        channels: { orders: { queues: [queue], publish: [{ exchange: '', routingKey: queue }] } },
        replay,
      });
      const look = () => doctor(policy, '--agent', 'researcher', '--only', 'replay');
      const healthy = await look();
      expect(healthy.rows.map(({ verdict, check }) => `${verdict} ${check}`)).toEqual([
        'ok store',
        'ok clock',
      ]);
      expect(healthy.rows[0]!.evidence).toMatch(/^Redis \d.* over TLS 1\.3, noeviction/);
      expect(await admin.dbsize()).toBe(0);

      await admin.config('SET', 'appendonly', 'no');
      expect((await look()).complaints).toEqual(['warn replay persistence']);

      await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
      expect((await look()).of('replay')).toMatchObject([
        { verdict: 'fail', evidence: expect.stringContaining('maxmemory-policy noeviction') },
      ]);

      const password = /password_file: (\S+),/.exec(replay)![1]!;
      writeFileSync(password, 'another', { mode: 0o600 });
      const refused = (await look()).of('replay');
      expect(refused).toMatchObject([
        { verdict: 'fail', evidence: expect.stringContaining('refuses this login') },
      ]);
      expect(JSON.stringify(refused)).not.toContain('another');
    } finally {
      admin.disconnect();
      await server.stop();
    }
  });
});
