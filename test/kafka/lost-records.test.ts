// kafkajs reports success for records that it lost on a retry; a SecureKafka does not lose them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { secureKafka } from '@sealwire/kafka';
import { startBrokers, type Brokers } from '@sealwire/testing';
import kafkajs, { type EachMessagePayload, type ITopicConfig, type Kafka, type Producer } from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { fixture, fresh, openAs, writePolicy } from '../fixture.ts';

const retry = { retries: 20, initialRetryTime: 50, maxRetryTime: 500 };
const produceKey = 0;

let root: string;
let brokers: Brokers;
let addresses: string[];
/** Ids as the cluster has them, in the order of the addresses. */
let ids: number[];
/** What happens to the next produce request to the second broker. */
let fault: (() => void) | null = null;

/** Cuts the connection in place of sending one produce request to the second broker, when a fault is armed. */
function infect<S extends Socket>(socket: S, port: number): S {
  if (port !== Number(addresses[1]!.split(':')[1])) return socket;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    const data = args[0] as Buffer;
    if (fault === null || !Buffer.isBuffer(data) || data.readInt16BE(4) !== produceKey) return write(...args);
    const happen = fault;
    fault = null;
    happen();
    socket.destroy(new Error('cut by the test'));
    return false;
  };
  return socket;
}

function bare(): Kafka {
  const { tls: files, admin } = fixture();
  const [ca, cert, key] = [files.caFile, files.adminCertFile, files.adminKeyFile].map((file) =>
    readFileSync(file),
  );
  return new kafkajs.Kafka({
    brokers: addresses,
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 5000,
    retry,
    ssl: true,
    sasl: { mechanism: 'scram-sha-512', username: admin.name, password: admin.password },
    socketFactory: ({ host, port, onConnect }) =>
      infect(
        tls.connect({ host, port, servername: host, ca, cert, key } as tls.ConnectionOptions, onConnect),
        port,
      ),
  });
}

/** The same fault for a SecureKafka, whose socket factory nobody can replace. */
function infected(sealwire: Sealwire): Sealwire {
  const guard = sealwire.connection('kafka');
  return {
    ...sealwire,
    connection: () => ({
      ...guard,
      judge(socket) {
        infect(socket, socket.remotePort!);
        return guard.judge(socket);
      },
    }),
  };
}

/** Two partitions, one led by each broker. */
async function createTopics(topics: readonly string[], replicas: 1 | 2): Promise<void> {
  const admin = bare().admin();
  await admin.connect();
  const [first, second] = ids as [number, number];
  const config = (topic: string): ITopicConfig => ({
    topic,
    replicaAssignment: [
      { partition: 0, replicas: replicas === 1 ? [first] : [first, second] },
      { partition: 1, replicas: replicas === 1 ? [second] : [second, first] },
    ],
  });
  await admin.createTopics({ topics: topics.map(config), waitForLeaders: true });
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
  await admin.createAcls({
    acl: topics.map((resourceName) => ({
      resourceType: AclResourceTypes.TOPIC,
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:orchestrator',
      host: '*',
      operation: AclOperationTypes.ALL,
      permissionType: AclPermissionTypes.ALLOW,
    })),
  });
  await admin.disconnect();
}

/** Which of the numbered records lie in a topic, read by an ordinary client. */
async function numbers(topic: string): Promise<Set<number>> {
  const admin = bare().admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const total = offsets.reduce((sum, { high }) => sum + Number(high), 0);
  const consumer = bare().consumer({ groupId: fresh('g'), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const found = new Set<number>();
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
      found.add(Number(String(message.headers!['n'])));
      if (++seen === total) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return found;
}

/** Sends three records without keys, so that both brokers have some, and meets the fault on the way. */
async function sendThree(producer: Producer, topic: string, from: number, happen: () => void): Promise<void> {
  fault = happen;
  const messages = [from, from + 1, from + 2].map((n) => ({ value: 'v', headers: { n: String(n) } }));
  await producer.send({ topic, messages });
  expect(fault).toBeNull();
}

/** Runs the same sends with kafkajs and with a SecureKafka. @returns how many of them each has lost */
async function lossesOf(
  replicas: 1 | 2,
  sends: (producer: Producer, topic: string) => Promise<number>,
): Promise<Record<'kafkajs' | 'SecureKafka', number>> {
  const [plain, sealed, audit] = ['plain', 'sealed', 'audit'].map(fresh) as [string, string, string];
  const channel = { topics: [sealed], clearHeaders: ['n'] };
  const policy = writePolicy({ channels: { c: channel }, audit, quarantine: fresh('quarantine') });
  writeFileSync(
    policy,
    readFileSync(policy, 'utf8').replaceAll('application/json', 'application/octet-stream'),
  );
  const sealwire = infected(await openAs('orchestrator', policy));
  const config = { brokers: addresses, logLevel: kafkajs.logLevel.NOTHING, retry };
  const losses = async (kafka: Kafka, topic: string, ...others: string[]): Promise<number> => {
    // A new topic is led as it asks for; an old one may have moved in the run before.
    await createTopics([topic, ...others], replicas);
    const producer = kafka.producer({ retry });
    await producer.connect();
    const sent = await sends(producer, topic);
    await producer.disconnect();
    return sent - (await numbers(topic)).size;
  };
  const result = {
    kafkajs: await losses(bare(), plain),
    SecureKafka: await losses(secureKafka(sealwire, config), sealed, audit),
  };
  await sealwire.close();
  return result;
}

describe('with two brokers', () => {
  beforeAll(async () => {
    const { tls: files, admin, folder, agents } = fixture();
    const users = agents.map((name) => ({
      name,
      password: readFileSync(join(folder, 'secrets', `${name}.password`), 'utf8').trim(),
    }));
    root = mkdtempSync(join(tmpdir(), 'sealwire-two-'));
    const { brokerCertFile: certFile, brokerKeyFile: keyFile } = files as unknown as Record<string, string>;
    brokers = await startBrokers({
      folder: root,
      tls: { caFile: files.caFile, certFile: certFile!, keyFile: keyFile! },
      admin,
      users,
      want: ['kafka'],
      kafkaBrokers: 2,
    });
    addresses = brokers.kafka!.brokers;
    const client = bare().admin();
    await client.connect();
    const { brokers: nodes } = await client.describeCluster();
    await client.disconnect();
    ids = addresses.map((address) => nodes.find(({ host, port }) => `${host}:${port}` === address)!.nodeId);
  });
  afterAll(async () => {
    await brokers?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  test('one cut connection costs kafkajs records, and a SecureKafka none', async () => {
    const losses = await lossesOf(1, async (producer, topic) => {
      for (let i = 0; i < 5; i++) await sendThree(producer, topic, 3 * i, () => undefined);
      return 15;
    });
    expect(losses.kafkajs).toBeGreaterThan(0);
    expect(losses.SecureKafka).toBe(0);
  });

  test('a broker that dies while its peer has answered costs kafkajs records, and a SecureKafka none', async () => {
    const losses = await lossesOf(2, async (producer, topic) => {
      let stopped = Promise.resolve();
      // The partition moves to the broker that has answered already, which kafkajs does not ask again.
      await sendThree(producer, topic, 0, () => {
        stopped = brokers.kafka!.stopBroker(1);
      });
      await stopped;
      await brokers.kafka!.startBroker(1);
      return 3;
    });
    expect(losses.SecureKafka).toBe(0);
    expect(losses.kafkajs).toBeGreaterThan(0);
  });
});
