// What a consumer remembers of its partitions, where reading goes astray.
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ReplayLedger } from '@sealwire/core';
import type { EachBatchPayload } from 'kafkajs';
import { PartitionMemories } from '../src/partition-memories.js';
import { silent } from './doubles.js';

const topic = 'tasks';
/** What the group has committed. */
let committed: number;
let seeks: string[];
/** That each ledger began at. */
let begun: number[];
/** Where the log begins, and how old what is compacted away is at least. */
let low: string;
let compactedAfterMs: number;

beforeEach(() => {
  committed = 90;
  seeks = [];
  begun = [];
  low = '0';
  compactedAfterMs = Infinity;
});

/** A ledger that is never told what was accepted: it has to be rebuilt from the log’s start. */
function ledger(): ReplayLedger {
  const own = { base: 0, position: 0 };
  return {
    get base() {
      return own.base;
    },
    get position() {
      return own.position;
    },
    since: 0,
    allowedTo: 0,
    windowMs: 1,
    load: () => 'rebuild',
    startAt(offset: number) {
      begun.push(offset);
      own.base = own.position = offset;
    },
    passed(offset: number) {
      own.position = offset;
    },
  } as unknown as ReplayLedger;
}

const memories = () => {
  const made = new PartitionMemories({
    agent: 'alice',
    group: 'planners',
    rules: { onUnverifiable: 'halt', ledger: () => ledger(), allowance: () => 'rebuild' } as never,
    inlet: { revisit: () => Promise.resolve() },
    cluster: () => Promise.resolve('cluster'),
    committed: () =>
      Promise.resolve(committed === -1 ? [] : [{ partition: 0, offset: `${committed}`, metadata: 'x' }]),
    seek: ({ offset }: { offset: string }) => void seeks.push(offset),
    report: () => undefined,
    logger: silent,
    idle: () => Promise.resolve(false),
    commit: () => Promise.reject(new Error('nobody may commit for a group that has members')),
    compactedAfterMs: () => Promise.resolve(compactedAfterMs),
    bounds: () => Promise.resolve([{ partition: 0, low, high: '100' }]),
    offsetsAt: () => Promise.resolve([{ partition: 0, offset: low }]),
  });
  made.assigned({ [topic]: [0] });
  return made;
};

/** The batch of a fetch that began at this offset. */
function batchAt(offset: number): EachBatchPayload {
  const message = { offset: `${offset}`, timestamp: '0', key: null, value: null, headers: {} };
  return {
    batch: {
      topic,
      partition: 0,
      fetchedOffset: `${offset}`,
      messages: [message],
      lastOffset: () => `${offset}`,
    },
    isRunning: () => true,
    isStale: () => false,
    heartbeat: () => Promise.resolve(),
    resolveOffset: () => undefined,
    pause: () => () => undefined,
  } as unknown as EachBatchPayload;
}

test('a seek of a rebuild that outlives a rejoin is not taken for the application’s: reading goes on where the group is', async () => {
  const consumer = memories();
  expect(await consumer.ready(batchAt(90))).toBeNull();
  expect(seeks).toEqual(['0']);
  consumer.assigned({});
  committed = 95;
  consumer.assigned({ [topic]: [0] });
  expect(await consumer.ready(batchAt(0))).toBeNull();
  expect(seeks).toEqual(['0', '95']);
  // From there it is rebuilt as ever.
  expect(await consumer.ready(batchAt(95))).toBeNull();
  expect(seeks).toEqual(['0', '95', '0']);
});

test('where the group has committed nothing, reading goes on where it was', async () => {
  committed = -1;
  const consumer = memories();
  expect(await consumer.ready(batchAt(90))).toBeNull();
  consumer.assigned({ [topic]: [0] });
  expect(await consumer.ready(batchAt(0))).toBeNull();
  expect(seeks).toEqual(['0', '90']);
});

test('a seek of the application is followed, also where a rebuild had sought before', async () => {
  const consumer = memories();
  expect(await consumer.ready(batchAt(90))).toBeNull();
  consumer.sought(topic, 0);
  consumer.assigned({ [topic]: [0] });
  expect(await consumer.ready(batchAt(0))).not.toBeNull();
  expect(begun).toEqual([0, 0]);
});

test('what a rebuild has read is not committed by another partition’s commit before reading goes on', async () => {
  const consumer = memories();
  const kafkajs = [{ topic, partitions: [{ partition: 0, offset: '50' }] }];
  expect(await consumer.ready(batchAt(90))).toBeNull();
  expect(consumer.known(kafkajs)).toEqual([]);
  // The last batch of the rebuild goes beyond where it ends.
  expect(await consumer.ready(batchAt(95))).toBeNull();
  expect(seeks).toEqual(['0', '90']);
  expect(consumer.known(kafkajs)).toEqual([]);
  expect(await consumer.ready(batchAt(90))).not.toBeNull();
  expect(consumer.known(kafkajs)).toEqual(kafkajs);
});

describe('a log that does not reach back', () => {
  const halted = () => {
    let paused = 0;
    const marked: unknown[] = [];
    const batch = {
      ...batchAt(90),
      pause: () => {
        paused++;
        return () => undefined;
      },
      commitOffsetsIfNecessary: async (offsets: unknown) => void marked.push(offsets),
    } as unknown as EachBatchPayload;
    return { batch, marked, paused: () => paused };
  };

  test.each([
    [90, 0],
    [-2, 1],
  ])(
    'halts the partition of a group that has committed %s, and leaves an offset behind',
    async (offset, marks) => {
      low = '80';
      committed = offset;
      const { batch, marked, paused } = halted();
      expect(await memories().ready(batch)).toBeNull();
      expect([paused(), marked.length, seeks]).toEqual([1, marks, []]);
    },
  );

  test('halts that of a group whose offset kafkajs threw away after it was seen', async () => {
    low = '80';
    const consumer = memories();
    await consumer.begin([topic], false);
    committed = -1;
    const { batch, paused } = halted();
    expect(await consumer.ready(batch)).toBeNull();
    expect(paused()).toBe(1);
  });

  test('is enough for a group that has accepted nothing yet', async () => {
    low = '80';
    committed = -1;
    const consumer = memories();
    await consumer.begin([topic], true);
    const { batch, paused } = halted();
    expect(await consumer.ready(batch)).toBeNull();
    expect([paused(), seeks]).toEqual([0, ['80']]);
  });

  test('is no other than one that is compacted before its messages are too old', async () => {
    compactedAfterMs = 0;
    const { batch, paused } = halted();
    expect(await memories().ready(batch)).toBeNull();
    expect(paused()).toBe(1);
  });
});
