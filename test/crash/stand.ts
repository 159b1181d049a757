// What the crash harness stands on: keys, brokers behind proxies, topics and queues, all gone when it ends.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import {
  FaultProxy,
  startBrokers,
  startRedis,
  type Brokers,
  type BrokerUser,
  type KafkaCluster,
  type RabbitmqNode,
  type RedisServer,
} from '@sealwire/testing';
import { announceFixture } from '../announce-fixture.ts';
import { bareRabbitmq, createTopics } from '../fixture.ts';
import type { Chance } from './random.ts';
import { agents, groups, kafka as onKafka, rabbitmq as onRabbitmq, type PolicyFacts } from './topology.ts';

export type Transport = 'kafka' | 'rabbitmq';

export class Stand {
  readonly root = mkdtempSync(join(tmpdir(), 'sealwire-crash-'));
  readonly journals = join(this.root, 'journals');
  readonly state = join(this.root, 'state');
  readonly #folder = join(this.root, 'sealwire');
  readonly proxies: Partial<Record<Transport, FaultProxy>> = {};
  kafka: KafkaCluster | null = null;
  rabbitmq: RabbitmqNode | null = null;
  redis: RedisServer | null = null;
  #starting: Promise<Brokers> | null = null;
  #closing: Promise<void> | null = null;

  /** @param withRedis to keep claims in */
  async open(want: readonly Transport[], chance: Chance, withRedis: boolean): Promise<PolicyFacts> {
    mkdirSync(this.journals);
    const init = await initFolder({ folder: this.#folder, agents, groups, brokerHosts: ['localhost'] });
    const { admin, users } = JSON.parse(readFileSync(init.brokersFile, 'utf8')) as {
      admin: BrokerUser;
      users: BrokerUser[];
    };
    for (const name of ['SEALWIRE_KAFKA_BROKERS', 'SEALWIRE_RABBITMQ_URL', 'SEALWIRE_REDIS_URL'])
      Reflect.deleteProperty(process.env, name);
    for (const transport of want) this.proxies[transport] = await FaultProxy.open(0, { random: chance.next });
    const { caFile, brokerCertFile: certFile, brokerKeyFile: keyFile } = init.tls;
    const all = { configure: '.*', write: '.*', read: '.*' };
    this.#starting = startBrokers({
      folder: join(this.root, 'brokers'),
      tls: { caFile, certFile, keyFile },
      admin,
      users,
      want,
      rabbitmqPermissions: Object.fromEntries(users.map(({ name }) => [name, all])),
      ...(this.proxies.kafka === undefined ? {} : { kafkaProxyPort: this.proxies.kafka.port }),
      // Or a group would wait for each killed member longer than members live here.
      kafkaSettings: { 'group.min.session.timeout.ms': '1000' },
      log: (line) => void process.stderr.write(`  ${line}\n`),
    });
    if (withRedis)
      this.redis = await startRedis({
        folder: join(this.root, 'brokers'),
        tls: { caFile, certFile, keyFile },
        log: (line) => void process.stderr.write(`  ${line}\n`),
      });
    const { kafka, rabbitmq } = await this.#starting;
    this.kafka = kafka;
    this.rabbitmq = rabbitmq;
    if (kafka !== null) this.proxies.kafka?.forwardTo(kafka.proxiedPort!);
    if (rabbitmq !== null) this.proxies.rabbitmq?.forwardTo(Number(new URL(rabbitmq.url).port));
    announceFixture({ folder: this.#folder, init, admin, agents, brokers: { kafka, rabbitmq } });
    if (kafka !== null) {
      // The broker's stamp, by which freshness is judged.
      await createTopics(onKafka.topics, onKafka.partitions, { 'message.timestamp.type': 'LogAppendTime' });
      await createTopics([onKafka.quarantine, onKafka.audit]);
    }
    if (rabbitmq !== null) await declareQueues();
    return {
      folder: this.#folder,
      realm: init.realm,
      rootKey: init.rootPublicKey,
      state: this.state,
      redis: this.redis === null ? null : redisAccess(this.redis, join(this.root, 'redis.password')),
    };
  }

  /** Kills the broker as `kill -9` does, and starts it again on the same data. Settles when it is up. */
  async restart(which: Transport | 'redis'): Promise<void> {
    if (which === 'redis') {
      await this.redis!.stopServer({ kill: true });
      await this.redis!.startServer();
    } else if (which === 'kafka') {
      await this.kafka!.stopBroker(0, { kill: true });
      await this.kafka!.startBroker(0);
    } else {
      await this.rabbitmq!.stopNode({ kill: true });
      await this.rabbitmq!.startNode();
    }
  }

  close(keep: boolean): Promise<void> {
    this.#closing ??= (async () => {
      try {
        await (await this.#starting?.catch(() => null))?.stop();
        await this.redis?.stop();
        for (const proxy of Object.values(this.proxies)) await proxy.close();
      } finally {
        if (!keep) rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      }
    })();
    return this.#closing;
  }
}

function redisAccess({ url, password, caFile }: RedisServer, passwordFile: string): PolicyFacts['redis'] {
  writeFileSync(passwordFile, password, { mode: 0o600 });
  return { url, passwordFile, caFile };
}

async function declareQueues(): Promise<void> {
  const connection = await bareRabbitmq();
  const channel = await connection.createChannel();
  const { exchange, queues, tap, quarantine, audit, trail } = onRabbitmq;
  await channel.assertExchange(exchange, 'topic', { durable: true });
  const [quorum, classic] = queues;
  await channel.assertQueue(quorum, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.assertQueue(classic, { durable: true });
  for (const queue of queues) await channel.bindQueue(queue, exchange, queue);
  await channel.assertQueue(tap, { durable: true });
  await channel.bindQueue(tap, exchange, '#');
  await channel.assertQueue(quarantine, { durable: true });
  await channel.assertExchange(audit, 'topic', { durable: true });
  for (const queue of [audit, trail]) {
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, audit, '#');
  }
  await connection.close();
}
