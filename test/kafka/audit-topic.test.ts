// The audit topic on Kafka: made where the policy says how, append-only for agents, refused where events would vanish from it.
import { afterEach, describe, expect, test } from '@jest/globals';
import { secureKafka, type SecureKafka } from '@sealwire/kafka';
import kafkajs, { type Admin } from 'kafkajs';
import { readFileSync, writeFileSync } from 'node:fs';
import { command } from '../command.ts';
import {
  createClosedTopics,
  createTopics,
  fixture,
  fresh,
  openAs,
  withAdmin,
  writePolicy,
} from '../fixture.ts';
import './stage.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface World {
  readonly topic: string;
  readonly audit: string;
  readonly policy: string;
}

/** A channel of the maker’s, which has no rights but those that `sealwire acl` gives it. */
async function world(auditKeys: string): Promise<World> {
  const [topic, audit, quarantine] = ['made', 'audit', 'quarantine'].map(fresh) as [string, string, string];
  await createClosedTopics([topic, quarantine]);
  const policy = writePolicy({
    channels: { made: { topics: [topic], from: ['maker'], to: ['team'] } },
    quarantine,
    audit,
  });
  const others = fixture().agents.map((name) => `User:${name}`);
  const text = readFileSync(policy, 'utf8').replace('audit: { ', `audit: { ${auditKeys}, `);
  writeFileSync(policy, `${text}acl: { kafka: { others: ${JSON.stringify(others)} } }\n`);
  const words = ['--kafka', fixture().kafka.join(','), '--policy', policy, '--agent', 'admin', '--yes'];
  const applied = await command('acl', 'apply', ...words);
  if (applied.exitCode !== 0) throw new Error(applied.out + applied.err);
  return { topic, audit, policy };
}

async function kafkaOf(agent: string, policy: string, warnings: string[] = []): Promise<SecureKafka> {
  const sealwire = await openAs(agent, policy);
  closing.push(() => sealwire.close());
  return secureKafka(sealwire, {
    clientId: agent,
    brokers: fixture().kafka,
    retry: { retries: 2 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator:
      () =>
      ({ log }) =>
        void warnings.push(log.message),
  });
}

async function send(kafka: SecureKafka, topic: string, values: readonly string[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value: JSON.stringify(value) })) });
  await producer.disconnect();
}

const settingsOf = (topic: string): Promise<Record<string, string>> =>
  withAdmin(async (admin) => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
    });
    return Object.fromEntries(resources[0]!.configEntries.map((one) => [one.configName, one.configValue]));
  });

const offsetsOf = (topic: string) => withAdmin((admin) => admin.fetchTopicOffsets(topic));

const creating = 'create_topic: { partitions: 2, replication_factor: 1, retention: 30d }';

describe('a topic that is missing', () => {
  test('is made with settings that keep what was acknowledged, and nothing else', async () => {
    const { topic, audit, policy } = await world(creating);
    await send(await kafkaOf('maker', policy), topic, ['a']);
    expect(await settingsOf(audit)).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': String(30 * 86_400_000),
      'retention.bytes': '-1',
      'min.insync.replicas': '1',
      'unclean.leader.election.enable': 'false',
      'compression.type': 'producer',
      'message.timestamp.type': 'LogAppendTime',
    });
    const { topics } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: [audit] }));
    expect(topics[0]!.partitions).toHaveLength(2);
    // The next finds it there.
    await send(await kafkaOf('maker', policy), topic, ['b']);
  });

  test('is append-only for the agent that made it', async () => {
    const { topic, audit, policy } = await world(creating);
    const kafka = await kafkaOf('maker', policy);
    await send(kafka, topic, ['a']);
    // Events come after the send that they are about: there must be something to delete.
    while (!(await offsetsOf(audit)).some(({ high }) => high !== '0'));
    const admin: Admin = kafka.admin();
    await admin.connect();
    closing.push(() => admin.disconnect());
    const refused = (asked: Promise<unknown>) =>
      expect(asked).rejects.toThrow(/not authorized|authorization|not authorised/i);
    await refused(admin.deleteTopics({ topics: [audit] }));
    const partitions = [0, 1].map((partition) => ({ partition, offset: '-1' }));
    await expect(admin.deleteTopicRecords({ topic: audit, partitions })).rejects.toThrow();
    await refused(
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: audit,
            configEntries: [{ name: 'retention.ms', value: '1' }],
          },
        ],
      }),
    );
    await refused(admin.createPartitions({ topicPartitions: [{ topic: audit, count: 5 }] }));
    expect((await settingsOf(audit))['retention.ms']).toBe(String(30 * 86_400_000));
    const offsets = await offsetsOf(audit);
    expect(offsets.map(({ low }) => low)).toEqual(['0', '0']);
  });

  test('is told where the agent may not make it, with what to type', async () => {
    const { topic, audit, policy } = await world('sinks: [own]');
    writeFileSync(policy, readFileSync(policy, 'utf8').replace('audit: { ', `audit: { ${creating}, `));
    await expect(send(await kafkaOf('maker', policy), topic, ['a'])).rejects.toMatchObject({
      code: 'ERR_USAGE_TOPIC',
      message: expect.stringMatching(
        `${audit} does not exist, and this agent may not make it. Type: kafka-topics.sh --create`,
      ) as unknown,
    });
  });

  test('is told where Kafka cannot make it so', async () => {
    const { topic, policy } = await world('create_topic: { partitions: 1, replication_factor: 9 }');
    await expect(send(await kafkaOf('maker', policy), topic, ['a'])).rejects.toMatchObject({
      code: 'ERR_USAGE_TOPIC',
      message: expect.stringContaining('INVALID_REPLICATION_FACTOR') as unknown,
    });
  });
});

describe('a topic that is there', () => {
  /** Of the orchestrator, who may ask for its settings. */
  async function withTopic(config: Record<string, string>): Promise<World> {
    const [topic, audit] = ['there', 'audit'].map(fresh) as [string, string];
    await createTopics([topic]);
    await createTopics([audit], 1, config);
    return { topic, audit, policy: writePolicy({ channels: { there: { topics: [topic] } }, audit }) };
  }

  test.each([
    ['is compacted', { 'cleanup.policy': 'compact' }, 'cleanup.policy=delete'],
    ['is compacted too', { 'cleanup.policy': 'compact,delete' }, 'cleanup.policy=delete'],
    ['takes no event of full size', { 'max.message.bytes': '8000' }, 'max.message.bytes=1048588'],
  ])('and %s is refused before anything is sent', async (_, config, setting) => {
    const { topic, audit, policy } = await withTopic(config);
    await expect(send(await kafkaOf('orchestrator', policy), topic, ['a'])).rejects.toMatchObject({
      code: 'ERR_USAGE_TOPIC',
      message: expect.stringContaining(`--entity-name ${audit} --add-config ${setting}`) as unknown,
    });
    expect(await offsetOf(topic)).toBe('0');
  });

  test('and takes smaller batches than Kafka’s default gets every event, in order', async () => {
    const { topic, audit, policy } = await withTopic({
      'max.message.bytes': '20000',
      'compression.type': 'uncompressed',
    });
    const values = Array.from({ length: 3000 }, (_, i) => `value ${i}`);
    await send(await kafkaOf('orchestrator', policy), topic, values);
    await closeAll();
    expect(Number(await offsetOf(audit))).toBeGreaterThanOrEqual(3000);
  });
});

const closeAll = async (): Promise<void> => {
  for (const close of closing.splice(0).reverse()) await close();
};
const offsetOf = (topic: string): Promise<string> =>
  withAdmin(async (admin) => (await admin.fetchTopicOffsets(topic))[0]!.high);
