// Replays where transactions leave gaps: markers and aborted records take offsets that nobody is handed.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SecureKafka } from '@sealwire/kafka';
import type { Consumer, EachBatchPayload, Producer, Transaction } from 'kafkajs';
import { bareKafka, fresh } from '../fixture.ts';
import { groupOffset, resetGroup } from './group-offset.ts';
import { copy } from './copy.ts';
import { readTo } from './read-to.ts';
import { openStage, sendValues, type Stage } from './stage.ts';

let stage: Stage;
let sender: Producer;
beforeEach(async () => {
  stage = await openStage({ replay: '{ retry_window: 0s }' });
  sender = await stage.producer({ transactionalId: fresh('tx'), maxInFlightRequests: 1, idempotent: true });
});
afterEach(() => stage.close());

async function inTransaction(end: 'commit' | 'abort', ...values: string[]): Promise<void> {
  const transaction = await sender.transaction();
  await sendValues(transaction as unknown as Producer, stage.topic, values);
  await transaction[end]();
}

/** Writes what an aborted transaction left behind again, outside of one. */
async function resurrect(offset: string): Promise<void> {
  const found = await new Promise<{ value: Buffer | null }>((resolve, reject) => {
    const reader = stage.closes(
      bareKafka().consumer({ groupId: fresh('raw'), maxWaitTimeInMs: 200, readUncommitted: true }),
    );
    const reading = async (): Promise<void> => {
      await reader.connect();
      await reader.subscribe({ topics: [stage.topic], fromBeginning: true });
      await reader.run({
        eachMessage: async ({ message }) => (message.offset === offset ? resolve(message) : undefined),
      });
    };
    reading().catch(reject);
  });
  const bare = stage.closes(bareKafka().producer());
  await bare.connect();
  await bare.send({ topic: stage.topic, messages: [{ value: found.value, partition: 0 }] });
}

const refused = async (count: number) =>
  (await stage.audited('message.rejected', count)).map(({ code, offset }) => `${code} ${offset}`);

describe('markers and aborted records', () => {
  // Offsets: a 0, marker 1, x 2, y 3, marker 4, b 5, c 6, marker 7, z 8, marker 9.
  beforeEach(async () => {
    await inTransaction('commit', 'a');
    await inTransaction('abort', 'x', 'y');
    await inTransaction('commit', 'b', 'c');
    await inTransaction('abort', 'z');
  });

  test('are passed, and the state that is committed behind them refuses copies', async () => {
    expect(await readTo(await stage.consumer(), '10')).toEqual(['a', 'b', 'c']);
    await copy(stage, 0, 5, 6);
    await sendValues(await stage.producer(), stage.topic, ['d']);
    expect(await readTo(await stage.consumer(), '14')).toEqual(['d']);
    expect(await refused(3)).toEqual([10, 11, 12].map((offset) => `ERR_POLICY_REPLAY ${offset}`));
  });

  test.each(['8', '9', '10', '5', '2'])(
    'are passed when the memory is rebuilt up to offset %s',
    async (offset) => {
      expect(await readTo(await stage.consumer(), '10')).toEqual(['a', 'b', 'c']);
      await resetGroup(stage, offset);
      await copy(stage, 0, 5, 6);
      await sendValues(await stage.producer(), stage.topic, ['d']);
      const again = Number(offset) <= 5 ? ['b', 'c'] : [];
      expect(await readTo(await stage.consumer(), '14')).toEqual([...again, 'd']);
      expect(await refused(3)).toEqual([10, 11, 12].map((each) => `ERR_POLICY_REPLAY ${each}`));
    },
  );

  test('of an aborted message that somebody writes again the first is delivered, for nobody had it, and no other', async () => {
    await resurrect('2');
    await resurrect('2');
    expect(await readTo(await stage.consumer(), '12')).toEqual(['a', 'b', 'c', 'x']);
    expect(await refused(1)).toEqual(['ERR_POLICY_REPLAY 11']);
  });
});

describe('offsets that are sent in a transaction', () => {
  let kafka: SecureKafka;
  let worker: Producer;
  beforeEach(async () => {
    kafka = await stage.kafka('researcher');
    worker = stage.closes(
      kafka.producer({ transactionalId: fresh('work'), maxInFlightRequests: 1, idempotent: true }),
    );
    await worker.connect();
  });

  async function consumer(): Promise<Consumer> {
    const made = stage.closes(kafka.consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }));
    await made.connect();
    await made.subscribe({ topics: [stage.topic], fromBeginning: true });
    return made;
  }

  /** Commits each batch’s offsets in a transaction, until an offset is reached. @returns what was handed over */
  async function work(
    upTo: number,
    end: (transaction: Transaction) => Promise<boolean>,
    given?: Consumer,
  ): Promise<string[]> {
    const reader = given ?? (await consumer());
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const eachBatch = async ({ batch, resolveOffset, uncommittedOffsets }: EachBatchPayload) => {
        const { topic, partition } = batch;
        const transaction = await worker.transaction();
        for (const { value, offset } of batch.messages) {
          seen.push(value!.toString());
          resolveOffset(offset);
        }
        await transaction.sendOffsets({ consumerGroupId: stage.group, ...uncommittedOffsets() });
        if (!(await end(transaction))) {
          await transaction.abort();
          reader.seek({ topic, partition, offset: batch.firstOffset()! });
          return;
        }
        await transaction.commit();
        if (Number(batch.lastOffset()) + 1 >= upTo) resolve();
      };
      reader
        .run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (p) => eachBatch(p).catch(reject) })
        .catch(reject);
    });
    await reader.disconnect();
    return seen;
  }

  test('carry the state of a whole batch; what was aborted is handed over again, and copies are refused', async () => {
    await inTransaction('commit', 'a', 'b');
    let aborted = 0;
    const seen = await work(3, async () => aborted++ > 0);
    expect(seen).toEqual(['a', 'b', 'a', 'b']);
    const { offset, metadata } = await groupOffset(stage);
    expect([offset, metadata]).toEqual(['3', expect.stringMatching(/^sw1\./)]);
    await copy(stage, 0, 1);
    await inTransaction('commit', 'c');
    expect(await work(7, async () => true)).toEqual(['c']);
    expect(await refused(2)).toEqual(['ERR_POLICY_REPLAY 3', 'ERR_POLICY_REPLAY 4']);
  });

  test('carry the state of the consumer that has the partition now, where another of the process had it before', async () => {
    await inTransaction('commit', 'a');
    const later = await consumer();
    const earlier = await consumer();
    expect(await work(2, async () => true, earlier)).toEqual(['a']);
    await inTransaction('commit', 'b');
    expect(await work(4, async () => true, later)).toEqual(['b']);
    const { metadata } = await groupOffset(stage);
    // 1: a state, 2: to be rebuilt.
    expect(Buffer.from(metadata!.slice('sw1.'.length), 'base64url')[0]).toBe(1);
    await copy(stage, 2);
    await inTransaction('commit', 'c');
    expect(await work(7, async () => true)).toEqual(['c']);
    expect(await refused(1)).toEqual(['ERR_POLICY_REPLAY 4']);
  });

  test('of a process that dies before the commit are not there, and nothing is lost or taken for a replay', async () => {
    await inTransaction('commit', 'a', 'b');
    const reader = await consumer();
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const eachBatch = async ({ batch, resolveOffset, uncommittedOffsets }: EachBatchPayload) => {
        const transaction = await worker.transaction();
        for (const { value, offset } of batch.messages) {
          seen.push(value!.toString());
          resolveOffset(offset);
        }
        await transaction.sendOffsets({ consumerGroupId: stage.group, ...uncommittedOffsets() });
        // Whoever comes after it with the same transactional id fences it, and aborts.
        resolve();
      };
      reader
        .run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (p) => eachBatch(p).catch(reject) })
        .catch(reject);
    });
    await reader.disconnect();
    await copy(stage, 0);
    expect(seen).toEqual(['a', 'b']);
    expect(await stage.committed()).toEqual(['-1']);
    expect(await readTo(await stage.consumer(), '4')).toEqual(['a', 'b']);
    expect(await refused(1)).toEqual(['ERR_POLICY_REPLAY 3']);
  });
});
