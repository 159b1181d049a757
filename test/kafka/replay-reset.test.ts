// A group whose offsets somebody else set: an operator’s reset, a log that went on without it, metadata of another tool.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { origin } from '@sealwire/core';
import type { Consumer, Producer } from 'kafkajs';
import { bareKafka, fresh, withAdmin } from '../fixture.ts';
import { copy } from './copy.ts';
import { groupOffset, resetGroup } from './group-offset.ts';
import { forget, readTo } from './read-to.ts';
import { next, openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
let producer: Producer;
beforeEach(async () => {
  stage = await openStage({ replay: '{ retry_window: 0s }' });
  producer = await stage.producer();
});
afterEach(() => stage.close());

const send = (...values: string[]) => sendValues(producer, stage.topic, values);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const refused = async (count: number) =>
  (await stage.audited('message.rejected', count)).map(({ code, offset }) => `${code} ${offset}`);

/** A consumer that goes to the log’s end where it has no offset, as kafkajs’ do by default. */
async function latest(): Promise<Consumer> {
  const kafka = await stage.kafka('researcher');
  const consumer = stage.closes(kafka.consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }));
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic] });
  return consumer;
}

/** Runs until the partition halts. @returns what was handed over */
async function halted(consumer: Consumer): Promise<string[]> {
  const seen: string[] = [];
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value!.toString()) });
  while (consumer.paused().length === 0) await pause(50);
  await consumer.disconnect();
  return seen;
}

describe('a group that an operator moved', () => {
  test.each([
    ['to the beginning', '0', ['a', 'b', 'c', 'd'], [3, 4, 6]],
    ['to the middle', '1', ['b', 'c', 'd'], [3, 4, 6]],
    ['to the end', '5', ['d'], [6]],
    ['beyond the end, where kafkajs begins anew', '1000', ['a', 'b', 'c', 'd'], [3, 4, 6]],
  ] as const)('%s reads on from there, and takes no copy', async (_where, offset, expected, copies) => {
    await send('a', 'b', 'c');
    expect(await readTo(await stage.consumer(), '3')).toEqual(['a', 'b', 'c']);
    await resetGroup(stage, offset);
    await copy(stage, 0, 2);
    await send('d');
    await copy(stage, 0);
    expect(await readTo(await stage.consumer(), '7')).toEqual(expected);
    expect(await refused(copies.length)).toEqual(copies.map((each) => `ERR_POLICY_REPLAY ${each}`));
  });

  test('and whose offsets were deleted begins as a new one does, and takes each message once', async () => {
    await send('a', 'b');
    expect(await readTo(await stage.consumer(), '2')).toEqual(['a', 'b']);
    await withAdmin((admin) => admin.deleteGroups([stage.group]));
    await copy(stage, 0);
    await send('c');
    expect(await readTo(await stage.consumer(), '4')).toEqual(['a', 'b', 'c']);
    expect(await refused(1)).toEqual(['ERR_POLICY_REPLAY 2']);
  });
});

describe('a group that was away while the log lost what it had read', () => {
  let kept: Buffer | null;
  /** By somebody who kept it. */
  async function writeAgain(): Promise<void> {
    const bare = bareKafka().producer();
    await bare.connect();
    await bare.send({ topic: stage.topic, messages: [{ value: kept, partition: 0 }] });
    await bare.disconnect();
  }

  beforeEach(async () => {
    await send('a', 'b');
    expect(await readTo(await stage.consumer(), '2')).toEqual(['a', 'b']);
    kept = (await stage.raw(stage.topic, 1))[0]!.value;
    await send('c');
  });

  /** The log begins behind everything that was sent. */
  const lose = () => forget(stage, '3');

  test('[R-15] goes on with what is left, and keeps its memory', async () => {
    await lose();
    await writeAgain();
    await send('d');
    expect(await readTo(await stage.consumer(), '5')).toEqual(['d']);
    expect(await refused(1)).toEqual(['ERR_POLICY_REPLAY 3']);
  });

  test('goes on at the end, where it is told to, and keeps its memory', async () => {
    await lose();
    await send('d');
    const consumer = await latest();
    expect((await groupOffset(stage)).offset).toBe('4');
    await writeAgain();
    await send('e');
    expect(await readTo(consumer, '6')).toEqual(['e']);
    expect(await refused(1)).toEqual(['ERR_POLICY_REPLAY 4']);
  });

  test('[R-15] halts where its memory is gone too, until an operator decides; what comes then is marked', async () => {
    await resetGroup(stage, '2');
    await lose();
    await writeAgain();
    await send('d');
    expect(await halted(await stage.consumer())).toEqual([]);
    expect(await halted(await stage.consumer())).toEqual([]);
    const { group, topic } = stage;
    const reread = { group, topic, partition: 0, from: 3, to: null, by: 'ann' };
    await (await stage.kafka('researcher')).allowReread(reread);
    const taken = await take(await stage.consumer(), 2);
    expect(taken.map(text)).toEqual(['a', 'd']);
    expect(taken.map(({ message }) => origin(message)!.unverifiable)).toEqual([true, true]);
  });

  test('halts, over restarts, where it was lost so late that kafkajs begins anew by itself', async () => {
    const consumer = await stage.consumer();
    await lose();
    await writeAgain();
    expect(await halted(consumer)).toEqual([]);
    expect((await groupOffset(stage)).offset).toBe('3');
    expect(await halted(await stage.consumer())).toEqual([]);
  });

  test('halts, over restarts, where kafkajs goes on at the end by itself', async () => {
    const consumer = await latest();
    await lose();
    const done = halted(consumer);
    while ((await groupOffset(stage)).offset !== '-1') await pause(50);
    // From the end that there is when it looks for it.
    for (let fetches = 0; fetches < 3; fetches++) await next(consumer, consumer.events.FETCH);
    await writeAgain();
    expect(await done).toEqual([]);
    expect((await groupOffset(stage)).offset).toBe('3');
    expect(await halted(await latest())).toEqual([]);
  });

  test('[R-15] halts where kafkajs has put it at the end by itself, and nothing came before its process ended', async () => {
    const consumer = await latest();
    await lose();
    await consumer.run({ eachMessage: async () => undefined });
    while ((await groupOffset(stage)).offset !== '-1') await pause(50);
    await consumer.disconnect();
    const later = await latest();
    const done = halted(later);
    for (let fetches = 0; fetches < 3; fetches++) await next(later, later.events.FETCH);
    await writeAgain();
    expect(await done).toEqual([]);
    expect((await groupOffset(stage)).offset).toBe('3');
  });
});

describe('[R-11] metadata that somebody else’s tool has committed', () => {
  /** Commits as any member of the group may. */
  async function commitAs(groupId: string, offset: string, metadata: string | null): Promise<void> {
    const tool = bareKafka().consumer({ groupId });
    await tool.connect();
    await tool.subscribe({ topics: [stage.topic] });
    const joined = new Promise((resolve) => tool.on(tool.events.GROUP_JOIN, resolve));
    await tool.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    await joined;
    await tool.commitOffsets([{ topic: stage.topic, partition: 0, offset, metadata }]);
    await tool.disconnect();
  }

  type Metadata = (own: string, early: string) => string | Promise<string>;
  const broken: (readonly [string, Metadata])[] = [
    ['is some text of its own', () => 'checkpointed by etl-7'],
    ['is as long as a broker takes', () => 'sw1.'.padEnd(4096, 'A')],
    ['is ours, shortened', (own) => own.slice(0, -8)],
    ['is ours, lengthened', (own) => `${own}AAAA`],
    [
      'is ours with one bit changed',
      (own) => `${own.slice(0, 8)}${own[8] === 'A' ? 'B' : 'A'}${own.slice(9)}`,
    ],
    [
      'is that of another group',
      async () => {
        const group = fresh('other');
        await readTo(await stage.consumer({ groupId: group }), '3');
        return (await groupOffset({ ...stage, group })).metadata!;
      },
    ],
    ['is ours of another offset', (_own, early) => early],
  ];

  /** That of offset 1, and that of offset 3. */
  let [early, own] = ['', ''];
  beforeEach(async () => {
    await send('a');
    expect(await readTo(await stage.consumer(), '1')).toEqual(['a']);
    early = (await groupOffset(stage)).metadata!;
    await send('b', 'c');
    expect(await readTo(await stage.consumer(), '3')).toEqual(['b', 'c']);
    own = (await groupOffset(stage)).metadata!;
  });

  test.each(broken)('and that %s is as good as none: the memory is rebuilt', async (_what, metadata) => {
    const foreign = await metadata(own, early);
    await commitAs(stage.group, '3', foreign);
    expect(await groupOffset(stage)).toMatchObject({ offset: '3', metadata: foreign });
    await copy(stage, 0, 1);
    await send('d');
    expect(await readTo(await stage.consumer(), '6')).toEqual(['d']);
    const rebuilt = await stage.audited('replay.rebuilt', 1, ({ to_offset }) => to_offset === 3);
    expect(rebuilt).toMatchObject([{ from_offset: 0, complete: 'yes', group: stage.group }]);
    expect(await refused(2)).toEqual(['ERR_POLICY_REPLAY 3', 'ERR_POLICY_REPLAY 4']);
  });

  test('and that is ours, with the offset that it belongs to, moves the group back there, and no further', async () => {
    await copy(stage, 0, 2);
    await commitAs(stage.group, '1', early);
    expect(await readTo(await stage.consumer(), '5')).toEqual(['b', 'c']);
    expect(await refused(2)).toEqual(['ERR_POLICY_REPLAY 3', 'ERR_POLICY_REPLAY 4']);
  });
});
