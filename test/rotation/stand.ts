// What the rotation test stands on: keys, brokers, topics and queues, all gone when it ends.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import { startBrokers, type Brokers, type BrokerUser } from '@sealwire/testing';
import { announceFixture } from '../announce-fixture.ts';
import { bareRabbitmq, createTopics, type Fixture } from '../fixture.ts';
import { agents, groups, names } from './topology.ts';

export class Stand {
  readonly root = mkdtempSync(join(tmpdir(), 'sealwire-rotation-'));
  readonly folder = join(this.root, 'sealwire');
  #starting: Promise<Brokers> | null = null;
  #closing: Promise<void> | null = null;

  async open(): Promise<Fixture> {
    const init = await initFolder({ folder: this.folder, agents, groups, brokerHosts: ['localhost'] });
    const { admin, users } = JSON.parse(readFileSync(init.brokersFile, 'utf8')) as {
      admin: BrokerUser;
      users: BrokerUser[];
    };
    for (const name of ['SEALWIRE_KAFKA_BROKERS', 'SEALWIRE_RABBITMQ_URL'])
      Reflect.deleteProperty(process.env, name);
    const { caFile, brokerCertFile: certFile, brokerKeyFile: keyFile } = init.tls;
    const all = { configure: '.*', write: '.*', read: '.*' };
    this.#starting = startBrokers({
      folder: join(this.root, 'brokers'),
      tls: { caFile, certFile, keyFile },
      admin,
      users,
      rabbitmqPermissions: Object.fromEntries(users.map(({ name }) => [name, all])),
      log: (line) => void process.stderr.write(`  ${line}\n`),
    });
    const { kafka, rabbitmq } = await this.#starting;
    if (kafka === null || rabbitmq === null) throw new Error('a broker is missing');
    const fixture = announceFixture({
      folder: this.folder,
      init,
      admin,
      agents,
      brokers: { kafka, rabbitmq },
    });
    await createTopics([names.topic], 4);
    await createTopics([names.quarantine, names.audit]);
    const connection = await bareRabbitmq();
    const channel = await connection.createChannel();
    await channel.assertExchange(names.exchange, 'topic', { durable: true });
    for (const queue of [names.queue, names.lagging]) {
      await channel.assertQueue(queue, { durable: true });
      await channel.bindQueue(queue, names.exchange, '#');
    }
    await channel.assertQueue(names.quarantine, { durable: true });
    await channel.assertExchange(names.audit, 'topic', { durable: true });
    await channel.assertQueue(names.audit, { durable: true });
    await channel.bindQueue(names.audit, names.audit, '#');
    await connection.close();
    return fixture;
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      try {
        await (await this.#starting?.catch(() => null))?.stop();
      } finally {
        rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      }
    })();
    return this.#closing;
  }
}
