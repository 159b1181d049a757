// What a consumer remembers of its partitions, where reading goes astray.
import { beforeEach, expect, test } from '@jest/globals';
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

beforeEach(() => {
  committed = 90;
  seeks = [];
  begun = [];
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
    rules: { onUnverifiable: 'halt', ledger: () => ledger() } as never,
    inlet: { revisit: () => Promise.resolve() },
    cluster: () => Promise.resolve('cluster'),
    committed: () =>
      Promise.resolve(committed < 0 ? [] : [{ partition: 0, offset: `${committed}`, metadata: 'x' }]),
    seek: ({ offset }: { offset: string }) => void seeks.push(offset),
    report: () => undefined,
    logger: silent,
    bounds: () => Promise.resolve([{ partition: 0, low: '0', high: '100' }]),
    offsetsAt: () => Promise.resolve([{ partition: 0, offset: '0' }]),
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
