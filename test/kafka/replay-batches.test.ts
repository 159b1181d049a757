// Replays where the application commits by itself: eachBatch, offsets that it names, seeks back.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Consumer, EachBatchPayload, Producer } from 'kafkajs';
import { withAdmin } from '../fixture.ts';
import { copy } from './copy.ts';
import { groupOffset, resetGroup } from './group-offset.ts';
import { readTo } from './read-to.ts';
import { openStage, sendValues, type Stage, type StageOptions } from './stage.ts';

let stage: Stage;
let producer: Producer;
afterEach(() => stage.close());

async function open(options: StageOptions = {}): Promise<void> {
  stage = await openStage({ replay: '{ retry_window: 0s }', ...options });
  producer = await stage.producer();
}

const send = (...values: string[]) => sendValues(producer, stage.topic, values);
const refused = async (count: number) =>
  (await stage.audited('message.rejected', count)).map(({ code, offset }) => `${code} ${offset}`);

type Handler = (payload: EachBatchPayload, done: () => void) => Promise<void>;

/** Runs `eachBatch` without any commit of ours until it is done. */
async function batches(consumer: Consumer, handler: Handler, concurrently = 1): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrently,
        eachBatch: (payload) => handler(payload, resolve).catch(reject),
      })
      .catch(reject);
  });
}

describe('with commits of its own an application', () => {
  test.each(['commitOffsetsIfNecessary', 'commitOffsets'] as const)(
    'has by %s the state as of what it resolved, within a batch, and the rest again',
    async (way) => {
      await open();
      await send('a', 'b', 'c', 'd');
      const first = await stage.consumer();
      const seen: string[] = [];
      await batches(first, async ({ batch, resolveOffset, ...payload }, done) => {
        for (const { value, offset } of batch.messages) {
          seen.push(value!.toString());
          resolveOffset(offset);
          if (offset === '1') {
            const { topics } = payload.uncommittedOffsets();
            expect(topics).toEqual([
              { topic: stage.topic, partitions: [{ partition: expect.anything(), offset: '2' }] },
            ]);
            if (way === 'commitOffsetsIfNecessary') await payload.commitOffsetsIfNecessary({ topics });
            else await first.commitOffsets([{ topic: stage.topic, partition: 0, offset: '2' }]);
          }
        }
        done();
      });
      await first.disconnect();
      expect(seen).toEqual(['a', 'b', 'c', 'd']);
      const { offset, metadata } = await groupOffset(stage);
      expect([offset, metadata]).toEqual(['2', expect.stringMatching(/^sw1\./)]);
      await copy(stage, 0, 2);
      await send('e');
      // The copy of what was handled and not committed is one as well: its original comes first.
      expect(await readTo(await stage.consumer(), '7')).toEqual(['c', 'd', 'e']);
      expect(await refused(2)).toEqual(['ERR_POLICY_REPLAY 4', 'ERR_POLICY_REPLAY 5']);
    },
  );

  test('that skips ahead by a commit gets nothing of what it skipped, and no copy of what it had', async () => {
    await open();
    await send('a', 'b', 'c');
    const first = await stage.consumer();
    await batches(first, async ({ batch }, done) => {
      if (batch.firstOffset() !== '0') return;
      await first.commitOffsets([{ topic: stage.topic, partition: 0, offset: '5' }]);
      done();
    });
    await first.disconnect();
    await send('d', 'e');
    await copy(stage, 0);
    await send('f');
    expect((await groupOffset(stage)).offset).toBe('5');
    expect(await readTo(await stage.consumer(), '7')).toEqual(['f']);
    expect(await refused(1)).toEqual(['ERR_POLICY_REPLAY 5']);
  });

  test('that commits what it had before gets it again, once each, and no copy of it', async () => {
    await open();
    await send('a', 'b', 'c');
    await copy(stage, 1);
    expect(await readTo(await stage.consumer(), '4')).toEqual(['a', 'b', 'c']);
    const second = await stage.consumer();
    await send('d');
    await batches(second, async (_payload, done) => {
      await second.commitOffsets([{ topic: stage.topic, partition: 0, offset: '1' }]);
      done();
    });
    await second.disconnect();
    expect(await readTo(await stage.consumer(), '5')).toEqual(['b', 'c', 'd']);
    expect(new Set(await refused(2))).toEqual(new Set(['ERR_POLICY_REPLAY 3']));
  });

  test('that seeks back from within a batch, before what was committed, gets all of it again and no copy', async () => {
    await open();
    await send('a', 'b', 'c');
    await copy(stage, 0);
    const consumer = await stage.consumer();
    const seen: string[] = [];
    await batches(consumer, async ({ batch, resolveOffset, ...payload }, done) => {
      for (const { value, offset } of batch.messages) {
        seen.push(value!.toString());
        resolveOffset(offset);
      }
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      if (seen.length === 3) consumer.seek({ topic: stage.topic, partition: 0, offset: '1' });
      else done();
    });
    await consumer.disconnect();
    expect(seen).toEqual(['a', 'b', 'c', 'b', 'c']);
    expect(new Set(await refused(2))).toEqual(new Set(['ERR_POLICY_REPLAY 3']));
    const { offset, metadata } = await groupOffset(stage);
    expect([offset, metadata]).toEqual(['4', expect.stringMatching(/^sw1\./)]);
  });
});

test('while the memory of one partition is rebuilt, what the application commits does not move it back', async () => {
  await open({ partitions: 2 });
  const sendTo = (partition: number, count: number, size: number) =>
    producer.send({
      topic: stage.topic,
      messages: Array.from({ length: count }, (_, i) => ({ value: `${i}`.padEnd(size), partition })),
    });
  // As many fetches as batches: each is larger than what a fetch may bring for a partition.
  for (let round = 0; round < 12; round++) {
    await sendTo(0, 3, 2_000);
    await sendTo(1, 3, 2_000);
  }
  await withAdmin((admin) =>
    admin.setOffsets({
      groupId: stage.group,
      topic: stage.topic,
      partitions: [
        { partition: 0, offset: '0' },
        { partition: 1, offset: '30' },
      ],
    }),
  );
  const consumer = await stage.consumer({ maxBytesPerPartition: 2_000 });
  const committed: string[] = [];
  const seen: string[][] = [[], []];
  await batches(
    consumer,
    async ({ batch, resolveOffset, ...payload }, done) => {
      for (const { offset } of batch.messages) {
        seen[batch.partition]!.push(offset);
        resolveOffset(offset);
      }
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      committed.push((await stage.committed())[1]!);
      if (seen.flat().length >= 42) done();
    },
    2,
  );
  await consumer.disconnect();
  expect(seen).toEqual([
    Array.from({ length: 36 }, (_, i) => `${i}`),
    Array.from({ length: 6 }, (_, i) => `${30 + i}`),
  ]);
  expect(committed.filter((offset) => Number(offset) < 30)).toEqual([]);
});

test('a group that an operator moved while the application commits by itself is followed, and copies are refused', async () => {
  await open();
  await send('a', 'b', 'c');
  expect(await readTo(await stage.consumer(), '3')).toEqual(['a', 'b', 'c']);
  await resetGroup(stage, '1');
  await copy(stage, 0, 2);
  const consumer = await stage.consumer();
  const seen: string[] = [];
  await batches(consumer, async ({ batch, resolveOffset, ...payload }, done) => {
    for (const { value, offset } of batch.messages) {
      seen.push(value!.toString());
      resolveOffset(offset);
    }
    await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    done();
  });
  await consumer.disconnect();
  expect(seen).toEqual(['b', 'c']);
  expect(await refused(2)).toEqual(['ERR_POLICY_REPLAY 3', 'ERR_POLICY_REPLAY 4']);
});
