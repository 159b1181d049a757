// Plaintext and stripped envelopes on Kafka topics whose channels admit plaintext, did, or never do.
import { expect, test } from '@jest/globals';
import { origin, secureKafka } from '@sealwire/kafka';
import kafkajs, { type EachMessagePayload } from 'kafkajs';
import { bareKafka, createTopics, fixture, fresh, openAs, writePolicy } from '../fixture.ts';
import { until } from '../journey/ledger.ts';
import { modeNames, modes, moves, type Fate, type Mode } from './plaintext-moves.ts';

test('plaintext passes only where the policy admits it, and a stripped envelope nowhere', async () => {
  const topics = Object.fromEntries(modeNames.map((mode) => [mode, fresh(mode)])) as Record<Mode, string>;
  const [quarantine, audit] = ['quarantine', 'audit'].map(fresh) as [string, string];
  await createTopics([...Object.values(topics), quarantine, audit]);
  const channelsOf = (weak: boolean) =>
    Object.fromEntries(
      modeNames.map((mode) => [mode, { topics: [topics[mode]], mode: weak ? modes[mode] : [] }]),
    );
  const policy = writePolicy({ channels: channelsOf(true), quarantine, audit });
  const sealing = writePolicy({ channels: channelsOf(false), quarantine, audit });

  // An honest sender seals on every topic; the attacker reads that.
  const [sender, receiver] = [await openAs('orchestrator', sealing), await openAs('researcher', policy)];
  const client = { brokers: fixture().kafka, logLevel: kafkajs.logLevel.NOTHING };
  const producer = secureKafka(sender, client).producer();
  await producer.connect();
  const honest = [{ key: 'honest', value: '{"do":"this"}' }];
  await producer.sendBatch({
    topicMessages: Object.values(topics).map((topic) => ({ topic, messages: honest })),
  });
  const attacker = bareKafka();
  const seen = new Map<string, Buffer>();
  const spy = attacker.consumer({ groupId: fresh('spy'), maxWaitTimeInMs: 200 });
  await spy.connect();
  await spy.subscribe({ topics: Object.values(topics), fromBeginning: true });
  await spy.run({ eachMessage: async ({ topic, message }) => void seen.set(topic, message.value!) });
  await until(() => seen.size === modeNames.length, 'what was sealed');
  await spy.disconnect();

  const injecting = attacker.producer();
  await injecting.connect();
  await injecting.sendBatch({
    topicMessages: Object.values(topics).map((topic) => ({
      topic,
      messages: Object.entries(moves).map(([key, { value, sender: name }]) => ({
        key,
        value: value(seen.get(topic)!),
        headers: name === null ? {} : { 'x-agent': name },
      })),
    })),
  });
  await injecting.disconnect();

  const fates = new Map<string, Fate>();
  const nameOf = (topic: string, key: unknown): string => `${topic}: ${String(key)}`;
  const consumer = secureKafka(receiver, client).consumer({ groupId: fresh('group'), maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: Object.values(topics), fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, message }) => {
      fates.set(nameOf(topic, message.key), origin(message)!.verified ? 'verified' : 'plaintext');
    },
  });
  const refused = attacker.consumer({ groupId: fresh('spy'), maxWaitTimeInMs: 200 });
  await refused.connect();
  await refused.subscribe({ topics: [quarantine], fromBeginning: true });
  await refused.run({
    eachMessage: async ({ message: { key, headers } }: EachMessagePayload) => {
      fates.set(nameOf(String(headers!['sealwire-topic']), key), String(headers!['sealwire-code']) as Fate);
    },
  });
  const expected = new Map<string, Fate>();
  for (const mode of modeNames) {
    expected.set(nameOf(topics[mode], 'honest'), 'verified');
    for (const [key, move] of Object.entries(moves))
      expected.set(nameOf(topics[mode], key), move.fates[mode]);
  }
  await until(() => fates.size >= expected.size, 'every fate').catch(() => undefined);
  await Promise.all([refused, consumer, producer].map((each) => each.disconnect()));
  await Promise.all([sender, receiver].map((each) => each.close()));
  expect(Object.fromEntries(fates)).toEqual(Object.fromEntries(expected));
});
