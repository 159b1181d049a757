// What RabbitMQ's replay guard costs with Redis: time, round trips on the wire, and memory.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import type { ClaimStore } from '@sealwire/core';
import { openRedisStore } from '@sealwire/replay';
import { redisProblem, startRedis, type RedisServer } from '@sealwire/testing';
import { Redis } from 'ioredis';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { say, saying } from '../progress.ts';
import { measure } from '../rounds.ts';
import { batchSize, claimOf } from './claims.ts';
import { countRoundTrips, type RoundTrips } from './round-trips.ts';
import { mebibyte, perSecond } from './store-size.ts';

const daySeconds = 86_400;
/** Messages in one call while its memory is filled. */
const stride = 4_096;

export async function measureRedisClaims(figures: Figures, { quick }: Options): Promise<void> {
  const problem = await redisProblem();
  if (problem !== null) {
    say(`Skipped: the replay guard with Redis. ${problem}`);
    return;
  }
  const root = mkdtempSync(join(tmpdir(), 'sealwire-redis-bench-'));
  let redis: RedisServer | null = null;
  let proxy: RoundTrips | null = null;
  try {
    const { tls } = await initFolder({
      folder: join(root, 'sealwire'),
      agents: ['bench'],
      brokerHosts: ['localhost'],
    });
    const { caFile, brokerCertFile: certFile, brokerKeyFile: keyFile } = tls;
    redis = await startRedis({ folder: root, tls: { caFile, certFile, keyFile } });
    proxy = await countRoundTrips({ host: 'localhost', port: Number(new URL(redis.url).port) });
    const ca = readFileSync(caFile, 'utf8');
    const { password } = redis;
    const access = { username: null, password, ca, skewMs: 30_000, warn: say };
    const [direct, counted] = [
      await openRedisStore({ ...access, url: redis.url }),
      await openRedisStore({ ...access, url: `rediss://localhost:${proxy.port}` }),
    ];
    figures.section('RabbitMQ replay guard, Redis', [
      `Batches of ${batchSize} over TLS on this machine, appendfsync always. Round trips are counted by a proxy on the wire.`,
    ]);
    await measureCalls(figures, direct, quick);
    await countCalls(figures, counted, proxy, quick ? 20 : 200);
    await measureMemory(figures, direct, redis, ca, quick ? 100 : 1_000);
    await direct.close();
    await counted.close();
  } finally {
    await proxy?.close();
    await redis?.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

let sequence = 0;
const batch = (size = batchSize) => Array.from({ length: size }, () => claimOf(0, sequence++, Date.now()));

async function measureCalls(figures: Figures, store: ClaimStore, quick: boolean): Promise<void> {
  const calls = quick ? 20 : 200;
  const both = {
    name: 'both',
    run: async () => {
      for (let i = 0; i < calls; i++) {
        const claims = batch();
        await store.claim(claims, 30_000, Date.now());
        await store.done(claims, Date.now());
      }
      return calls * batchSize;
    },
  };
  const measured = await measure([both], {
    rounds: quick ? 3 : 10,
    warmUps: 1,
    progress: saying('redis claims'),
  });
  figures.add('replay.redis.claimAndDone.64.us', measured.us('both'), 'a message');
}

async function countCalls(
  figures: Figures,
  store: ClaimStore,
  trips: RoundTrips,
  batches: number,
): Promise<void> {
  const each = async (call: (claims: ReturnType<typeof batch>) => Promise<unknown>): Promise<number> => {
    const all = Array.from({ length: batches }, () => batch());
    // A script is sent whole once for each server.
    await call(batch());
    const before = trips.count;
    for (const claims of all) await call(claims);
    return (trips.count - before) / batches;
  };
  const claim = await each((claims) => store.claim(claims, 30_000, Date.now()));
  const renew = await each((claims) => store.renew(claims, 30_000));
  const done = await each((claims) => store.done(claims, Date.now()));
  figures.add('replay.redis.roundTripsPerBatch', claim, 'claiming');
  figures.add('replay.redis.renew.roundTripsPerBatch', renew, 'while handlers run, each third of a lease');
  figures.add('replay.redis.done.roundTripsPerBatch', done, 'before the acknowledgement');
}

/** Its clock cannot be sped up, but nothing expires sooner than it is done: what lies there is what it costs. */
async function measureMemory(
  figures: Figures,
  store: ClaimStore,
  { url, password }: RedisServer,
  ca: string,
  strides: number,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const client = new Redis({
    host: hostname,
    port: Number(port),
    password,
    tls: { ca, servername: hostname },
  });
  const used = async (): Promise<number> =>
    Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1] ?? 0);
  // Leases of what was claimed before are not to end meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 31_000));
  const before = await used();
  for (let i = 0; i < strides; i++) await store.done(batch(stride), Date.now());
  const perMessage = ((await used()) - before) / (strides * stride);
  client.disconnect();
  figures.add('replay.redis.bytesPerMessage', perMessage, `of ${(strides * stride).toLocaleString('en')}`);
  figures.add(
    'replay.redis.day.MiB',
    (daySeconds * perSecond * perMessage) / mebibyte,
    'a window of a day, from that',
  );
}
