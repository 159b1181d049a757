// The topic of notices with what sealwire acl gives: it is made, written and read, and nobody asks for more.
import { afterEach, expect, jest, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { secureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import { command } from '../command.ts';
import { createClosedTopics, fixture, fresh, openAs, withAdmin, writePolicy } from '../fixture.ts';
import './stage.ts';

afterEach(() => void jest.restoreAllMocks());

test('the topic of notices is made, read and written with the rights that sealwire acl gives, and no others', async () => {
  const [topic, audit, quarantine, notices] = ['made', 'audit', 'quarantine', 'notices'].map(fresh) as [
    string,
    string,
    string,
    string,
  ];
  await createClosedTopics([topic, quarantine]);
  const policy = writePolicy({
    channels: { made: { topics: [topic], from: ['maker'], to: ['team'] } },
    quarantine,
    audit,
    auditMore: `, checkpoint: { every: 1s, topic: ${notices} }, create_topic: { partitions: 2, replication_factor: 1 }`,
  });
  const others = fixture().agents.map((name) => `User:${name}`);
  writeFileSync(
    policy,
    `${readFileSync(policy, 'utf8')}acl: { kafka: { others: ${JSON.stringify(others)} } }\n`,
  );
  const words = ['--kafka', fixture().kafka.join(','), '--policy', policy, '--agent', 'admin', '--yes'];
  expect(await command('acl', 'apply', ...words)).toMatchObject({ exitCode: 0 });
  const warnings: string[] = [];
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const sealwire = await openAs('maker', policy);
  const kafka = secureKafka(sealwire, {
    clientId: 'maker',
    brokers: fixture().kafka,
    retry: { retries: 2 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator:
      () =>
      ({ log }) =>
        void warnings.push(log.message),
  });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value: '"a"' }] });
  const written = async (): Promise<number> => {
    const topics = await withAdmin((admin) => admin.listTopics());
    if (!topics.includes(notices)) return 0;
    const ends = await withAdmin((admin) => admin.fetchTopicOffsets(notices));
    return ends.reduce((sum, { high }) => sum + Number(high), 0);
  };
  for (let round = 0; (await written()) === 0; round++) {
    if (round > 1_500) throw new Error(`nothing was written: ${warned.mock.calls.map(String).join()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  // Long enough that a reader without rights would have been refused.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await producer.disconnect();
  await sealwire.close();
  expect(warnings.filter((message) => /notices|[Aa]uthori/.test(message))).toEqual([]);
  expect(warned.mock.calls.map(String).filter((text) => text.includes('Notices'))).toEqual([]);
  const settings = await withAdmin((admin) =>
    admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: notices, configNames: ['retention.ms'] }],
    }),
  );
  expect(settings.resources[0]!.configEntries).toMatchObject([{ configValue: String(3 * 3_600_000) }]);
});
