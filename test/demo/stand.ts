// What the demo stands on: a folder of keys, and brokers that trust it. All of it is gone when the demo ends.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import { startBrokers, type Brokers, type BrokerUser } from '@sealwire/testing';
import { announceFixture } from '../announce-fixture.ts';
import { declareRabbitmqArena } from '../attack/rabbitmq-arena.ts';
import type { Fixture } from '../fixture.ts';
import { say } from './progress.ts';
import { agents, arena, groups, makeQueues, makeTopics, rabbitmqPermissions } from './topology.ts';

export class Stand {
  readonly #root = mkdtempSync(join(tmpdir(), 'sealwire-demo-'));
  #starting: Promise<Brokers> | null = null;
  #closing: Promise<void> | null = null;
  dataFolders: Fixture['dataFolders'] = { kafka: [], rabbitmq: [] };

  async open(): Promise<void> {
    const folder = join(this.#root, 'sealwire');
    const init = await initFolder({ folder, agents, groups, brokerHosts: ['localhost'] });
    const { admin, users } = JSON.parse(readFileSync(init.brokersFile, 'utf8')) as {
      admin: BrokerUser;
      users: BrokerUser[];
    };
    // Always brokers of its own: it could neither attack nor search those of others.
    for (const name of ['SEALWIRE_KAFKA_BROKERS', 'SEALWIRE_RABBITMQ_URL'])
      Reflect.deleteProperty(process.env, name);
    const { caFile, brokerCertFile: certFile, brokerKeyFile: keyFile } = init.tls;
    this.#starting = startBrokers({
      folder: join(this.#root, 'brokers'),
      tls: { caFile, certFile, keyFile },
      admin,
      users,
      rabbitmqPermissions,
      log: (line) => say(`  ${line}`),
    });
    const { kafka, rabbitmq } = await this.#starting;
    if (kafka === null || rabbitmq === null) throw new Error('a broker is missing');
    this.dataFolders = { kafka: kafka.dataFolders, rabbitmq: rabbitmq.dataFolders };
    // Where the tests’ fixture, whose policies and ordinary clients the demo shares, looks for its brokers.
    announceFixture({ folder, init, admin, agents, brokers: { kafka, rabbitmq } });
    await makeTopics();
    await makeQueues();
    await declareRabbitmqArena(arena);
  }

  /** Stops the brokers as an operator would, so that all they hold is on the disk. Their data stays. */
  async stopBrokers(): Promise<void> {
    await (await this.#starting)?.stop();
  }

  /** Leaves nothing running and no file. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      try {
        // One that fails to start has cleaned up after itself.
        await (await this.#starting?.catch(() => null))?.stop();
      } finally {
        rmSync(this.#root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      }
    })();
    return this.#closing;
  }
}
