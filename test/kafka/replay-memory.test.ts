// Where the memory of replays comes from, and what a group is allowed to read again, on a real Kafka.
import { afterEach, describe, expect, test } from '@jest/globals';
import { origin } from '@sealwire/core';
import type { SecureKafka } from '@sealwire/kafka';
import type { Consumer, EachMessagePayload, Producer } from 'kafkajs';
import { bareKafka, fresh, openAs, withAdmin } from '../fixture.ts';
import { copy } from './copy.ts';
import { groupOffset, resetGroup } from './group-offset.ts';
import { forget, readTo } from './read-to.ts';
import { next, openStage, sendValues, take, text, type Stage, type StageOptions } from './stage.ts';

let stage: Stage;
let producer: Producer;
afterEach(() => stage.close());

/** Nothing that is copied passes for a duplicate. */
const replay = '{ retry_window: 0s }';
const stamped = { 'message.timestamp.type': 'LogAppendTime' };

async function open(options: StageOptions = {}): Promise<void> {
  stage = await openStage({ replay, ...options });
  producer = await stage.producer();
}

const send = (...values: string[]) => sendValues(producer, stage.topic, values);

async function consumerOf(kafka: SecureKafka, groupId = stage.group): Promise<Consumer> {
  const consumer = stage.closes(
    kafka.consumer({ groupId, maxWaitTimeInMs: 200, sessionTimeout: 10_000, rebalanceTimeout: 10_000 }),
  );
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
  return consumer;
}

/** A consumer under a policy that differs. */
const under = async (change: (policy: string) => string) =>
  consumerOf(await stage.kafka('researcher', stage.variant(change)));

const metadata = () => groupOffset(stage);

const resetTo = (offset: string) => resetGroup(stage, offset);

const refused = (count: number) => stage.audited('message.rejected', count);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('what is committed', () => {
  test('by the application, or in a transaction, carries the state too', async () => {
    await open();
    await send('a', 'b', 'c', 'd');
    const kafka = await stage.kafka('researcher');
    const consumer = await consumerOf(kafka);
    const transactional = stage.closes(
      kafka.producer({ transactionalId: fresh('txn'), maxInFlightRequests: 1, idempotent: true }),
    );
    await transactional.connect();
    const states: (string | null)[] = [];
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ topic, partition, message }: EachMessagePayload): Promise<void> => {
        if (message.offset === '0') {
          await consumer.commitOffsets([{ topic, partition, offset: '1' }]);
          states.push((await metadata()).metadata);
        }
        if (message.offset !== '3') return;
        const transaction = await transactional.transaction();
        const topics = [{ topic, partitions: [{ partition, offset: '3' }] }];
        await transaction.sendOffsets({ consumerGroupId: stage.group, topics });
        await transaction.commit();
        const { offset, metadata: state } = await metadata();
        expect(offset).toBe('3');
        states.push(state);
        resolve();
      };
      consumer.run({ autoCommit: false, eachMessage }).catch(reject);
    });
    await consumer.disconnect();
    expect(states).toEqual([expect.stringMatching(/^sw1\./), expect.stringMatching(/^sw1\./)]);
    await copy(stage, 0);
    // The fourth was handled, and not committed; the copy is one of what was committed in the transaction.
    const late = await stage.consumer();
    expect(await readTo(late, '5')).toEqual(['d']);
    expect((await refused(1)).map(({ code, offset }) => [code, offset])).toEqual([
      ['ERR_POLICY_REPLAY', '4'],
    ]);
  });

  test('says so where the state does not fit, and then it is rebuilt from where it begins to matter', async () => {
    await open();
    // As many producers as were never meant to be.
    const sealwire = await openAs('orchestrator', stage.policy);
    const sink = { write: () => Promise.resolve() };
    const sealed = Array.from(
      { length: 250 },
      (_, i) =>
        sealwire.outlet('kafka', sink).seal([
          {
            destination: { transport: 'kafka', topic: stage.topic },
            payload: Buffer.from(`${i}`),
            key: null,
            headers: [],
            partition: 0,
            description: {},
          },
        ])[0]!.value,
    );
    const bare = bareKafka().producer();
    await bare.connect();
    await bare.send({ topic: stage.topic, messages: sealed.map((value) => ({ value, partition: 0 })) });
    await bare.disconnect();
    await sealwire.close();
    expect(await readTo(await stage.consumer(), '250')).toHaveLength(250);
    const { metadata: state } = await metadata();
    expect(state).toMatch(/^sw1\./);
    expect(state!.length).toBeLessThan(100);
    await copy(stage, 249, 0);
    await send('z');
    expect(await readTo(await stage.consumer(), '253')).toEqual(['z']);
    expect(await stage.audited('replay.rebuilt', 1)).toMatchObject([{ to_offset: 250, complete: 'yes' }]);
    await refused(2);
  });
});

describe('the memory', () => {
  test('goes with a partition to another member of the group, and nothing is lost or accepted twice', async () => {
    await open({ partitions: 2 });
    const all = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const sendTo = (partition: number, values: readonly string[]) =>
      producer.send({ topic: stage.topic, messages: values.map((value) => ({ value, partition })) });
    await sendTo(0, all.slice(0, 10));
    await sendTo(1, all.slice(10, 20));
    const seen: string[] = [];
    const members: Consumer[] = [];
    const join = async (): Promise<void> => {
      const member = await consumerOf(await stage.kafka('researcher'));
      members.push(member);
      const joined = next(member, member.events.GROUP_JOIN);
      await member.run({ eachMessage: async ({ message }) => void seen.push(message.value!.toString()) });
      await joined;
    };
    const until = async (count: number): Promise<void> => {
      while (new Set(seen).size < count) await pause(50);
    };
    await join();
    await until(20);
    await join();
    await copy(stage, 0, 3);
    await sendTo(0, all.slice(20, 25));
    await sendTo(1, all.slice(25, 30));
    await until(30);
    await members[0]!.disconnect();
    await copy(stage, 1);
    await sendTo(0, all.slice(30, 35));
    await sendTo(1, all.slice(35, 40));
    await until(40);
    await refused(3);
    expect(new Set(seen)).toEqual(new Set(all));
    // What was handled and not committed when the group divided anew comes again, from the same offset.
    const rejected = await refused(3);
    expect(rejected.every(({ code }) => code === 'ERR_POLICY_REPLAY')).toBe(true);
  });

  test('of what the application sought past is read up, so that copies of it are refused', async () => {
    await open();
    await send('a', 'b', 'c');
    await copy(stage, 1);
    await send('d');
    const consumer = await stage.consumer();
    const seen: string[] = [];
    const done = new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ topic, partition, message }: EachMessagePayload): Promise<void> => {
        seen.push(message.value!.toString());
        if (message.offset === '0') consumer.seek({ topic, partition, offset: '2' });
        if (message.offset === '4') resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await done;
    expect(seen).toEqual(['a', 'c', 'd']);
    expect((await refused(1)).map(({ code, offset }) => [code, offset])).toEqual([
      ['ERR_POLICY_REPLAY', '3'],
    ]);
  });

  test('halts the partition where the log does not reach back, and says what to do', async () => {
    await open();
    await send('a', 'b');
    expect(await readTo(await stage.consumer(), '2')).toEqual(['a', 'b']);
    await copy(stage, 0);
    await send('c');
    await forget(stage, '2');
    await resetTo('2');
    const halting = await stage.consumer();
    const seen: string[] = [];
    await halting.run({ eachMessage: async ({ message }) => void seen.push(message.value!.toString()) });
    while (halting.paused().length === 0) await pause(50);
    await halting.disconnect();
    expect([seen, (await metadata()).offset]).toEqual([[], '2']);
    // By policy it goes on, and says of each message that it may have been there before.
    const delivering = await under((policy) =>
      policy.replace(replay, '{ retry_window: 0s, on_unverifiable: deliver }'),
    );
    const taken = await take(delivering, 2);
    expect(taken.map(text)).toEqual(['a', 'c']);
    expect(taken.map(({ message }) => origin(message)!.unverifiable)).toEqual([true, true]);
    const events = await stage.audited('message.received', 2, ({ offset }) => Number(offset) >= 2);
    expect(events.map(({ replay: mark }) => mark)).toEqual(['unverifiable', 'unverifiable']);
    expect(await stage.audited('replay.rebuilt', 1)).toMatchObject([{ complete: 'no' }]);
  });

  test('begins empty for a group that never committed, however little of the log is left', async () => {
    await open();
    await send('a', 'b');
    await forget(stage, '1');
    expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['b']);
  });
});

describe('freshness', () => {
  test('is judged by when the broker appended, however late it is read', async () => {
    await open({ topicConfig: stamped, maxAge: null });
    await send('a');
    await pause(2500);
    const consumer = await under((policy) => policy.replace('messages:', 'max_age: 2s\n    messages:'));
    expect((await take(consumer, 1)).map(text)).toEqual(['a']);
  });

  test('is not judged where the broker does not stamp and the policy does not say how', async () => {
    await open({ maxAge: null });
    await send('a');
    const message = expect.stringMatching(/max_age: 24h.*message\.timestamp\.type=LogAppendTime/);
    await expect(stage.consumer()).rejects.toMatchObject({ code: 'ERR_USAGE_REPLAY', message });
  });

  test('waits where the broker’s clock is ahead, rejects nothing, and goes on by itself', async () => {
    await open({ topicConfig: stamped });
    await send('a');
    let behindMs = 0;
    const clock = { nowMs: () => Date.now() - behindMs };
    const consumer = await consumerOf(await stage.kafka('researcher', stage.policy, { clock }));
    behindMs = 3_600_000;
    const seen: string[] = [];
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value!.toString()) });
    await next(consumer, consumer.events.HEARTBEAT);
    expect(seen).toEqual([]);
    behindMs = 0;
    while (seen.length === 0) await pause(50);
    expect(seen).toEqual(['a']);
  });
});

describe('a client is refused', () => {
  test('that reads one channel from two topics', async () => {
    await open();
    const other = fresh('other');
    const policy = stage.variant((policyText) =>
      policyText.replace(`["${stage.topic}"]`, `["${stage.topic}", "${other}"]`),
    );
    const kafka = await stage.kafka('researcher', policy);
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic: other }], waitForLeaders: true }));
    await consumerOf(kafka);
    const second = kafka.consumer({ groupId: fresh('second') });
    await expect(second.subscribe({ topics: [other] })).rejects.toMatchObject({
      code: 'ERR_USAGE_REPLAY',
      message: expect.stringContaining('two channels'),
    });
  });

  test('that may go on sending for longer than its messages stay fresh', async () => {
    await open();
    const kafka = await stage.kafka(
      'orchestrator',
      stage.variant((policy) => policy.replace('max_age: 24h', 'max_age: 1m')),
    );
    expect(() => kafka.producer()).toThrow(expect.objectContaining({ code: 'ERR_USAGE_REPLAY' }));
    expect(() => kafka.producer({ retry: { retries: 0 } })).not.toThrow();
  });
});
