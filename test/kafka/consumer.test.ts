// The consumer’s side of the bargain with kafkajs’ users.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Batch, EachBatchPayload, EachMessagePayload, KafkaMessage, Producer } from 'kafkajs';
import { bareKafka } from '../fixture.ts';
import { committedTo, next, openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
let producer: Producer;
beforeEach(async () => {
  stage = await openStage({ partitions: 2 });
  producer = await stage.producer();
});
afterEach(() => stage.close());

const send = (...values: (string | null)[]) => sendValues(producer, stage.topic, values);

/** Bytes of somebody who seals nothing. */
async function sendJunk(...values: string[]): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await sendValues(bare, stage.topic, values);
  await bare.disconnect();
}

describe('eachMessage', () => {
  test('hands messages over in order and commits after them', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer();
    const committed = committedTo(consumer, '3');
    expect((await take(consumer, 3)).map(text)).toEqual(['a', 'b', 'c']);
    await committed;
    expect((await stage.committed())[0]).toBe('3');
  });

  test('commits nothing by itself where auto-commit is off, and what commitOffsets says', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer();
    const seen: string[] = [];
    const all = new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ topic, partition, message }: EachMessagePayload): Promise<void> => {
        seen.push(message.value!.toString());
        if (seen.length === 2)
          await consumer.commitOffsets([{ topic, partition, offset: '2', metadata: 'mine' }]);
        if (seen.length === 3) resolve();
      };
      consumer.run({ autoCommit: false, eachMessage }).catch(reject);
    });
    await all;
    await consumer.disconnect();
    expect((await stage.committed())[0]).toBe('2');
    // Two were concluded before the commit, the third at the end of the batch.
    expect((await stage.audited('message.received', 3)).map(({ offset }) => offset)).toEqual(['0', '1', '2']);
  });

  test('commits at the threshold, within a batch', async () => {
    await send('a', 'b', 'c', 'd');
    const consumer = await stage.consumer();
    const committed = committedTo(consumer, '2');
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
        seen.push(message.value!.toString());
        // The commit of the first two comes before the third is handed over.
        if (seen.length === 3) await committed;
        if (seen.length === 4) resolve();
      };
      consumer.run({ autoCommitThreshold: 2, eachMessage }).catch(reject);
    });
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  test('delivers again from a handler’s error on, having committed what was before it', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer({ retry: { retries: 5, initialRetryTime: 50 } });
    const seen: string[] = [];
    const failure = new Error('the handler’s own');
    const committed = committedTo(consumer, '1');
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async (payload: EachMessagePayload): Promise<void> => {
        seen.push(text(payload));
        if (seen.length === 2) throw failure;
        if (seen.length === 4) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await committed;
    expect(seen).toEqual(['a', 'b', 'b', 'c']);
  });

  test('gives kafkajs a handler’s error unchanged', async () => {
    await send('a');
    const consumer = await stage.consumer({ retry: { retries: 0, restartOnFailure: async () => false } });
    const failure = new TypeError('the handler’s own');
    const crash = next<{ error: Error; restart: boolean }>(consumer, consumer.events.CRASH);
    await consumer.run({ eachMessage: () => Promise.reject(failure) });
    expect((await crash).error.cause).toBe(failure);
  });

  test('can seek, pause and resume', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer();
    const { topic } = stage;
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async (payload: EachMessagePayload): Promise<void> => {
        seen.push(text(payload));
        if (seen.length === 2) consumer.seek({ topic, partition: 0, offset: '0' });
        if (seen.length === 3) {
          const resume = payload.pause();
          expect(consumer.paused()).toEqual([{ topic, partitions: [0] }]);
          // The rest of the batch must not come while it is paused: a later fetch brings it.
          const removeListener = consumer.on(consumer.events.END_BATCH_PROCESS, () => {
            removeListener();
            expect(seen).toHaveLength(3);
            resume();
          });
        }
        if (seen.length === 5) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    expect(seen).toEqual(['a', 'b', 'a', 'b', 'c']);
  });

  test('commits where it was sought to', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer();
    await take(consumer, 3);
    const committed = committedTo(consumer, '1');
    consumer.pause([{ topic: stage.topic }]);
    consumer.seek({ topic: stage.topic, partition: 0, offset: '1' });
    await committed;
    await consumer.disconnect();
    expect((await stage.committed())[0]).toBe('1');
  });

  test('seeks to the beginning and to the end', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer();
    const seen: string[] = [];
    const { topic } = stage;
    const handed = new Map<number, () => void>();
    const after = (count: number) => new Promise<void>((resolve) => handed.set(count, resolve));
    const [six, seven] = [after(6), after(7)];
    const eachMessage = async (payload: EachMessagePayload): Promise<void> => {
      seen.push(text(payload));
      if (seen.length === 3) consumer.seek({ topic, partition: 0, offset: '-2' });
      handed.get(seen.length)?.();
    };
    await consumer.run({ eachMessage });
    const committed = committedTo(consumer, '3');
    await six;
    await committed;
    consumer.seek({ topic, partition: 0, offset: '-1' });
    await committedTo(consumer, '3');
    await send('d');
    await seven;
    expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'd']);
  });

  test('handles partitions at the same time where it is told to', async () => {
    await producer.send({
      topic: stage.topic,
      messages: [
        { value: 'a', partition: 0 },
        { value: 'b', partition: 1 },
      ],
    });
    const consumer = await stage.consumer();
    const both = new Set<number>();
    // Neither handler returns before the other was called.
    await new Promise<void>((resolve, reject) => {
      let second = (): void => undefined;
      const called = new Promise<void>((go) => (second = go));
      const eachMessage = async ({ partition }: EachMessagePayload): Promise<void> => {
        both.add(partition);
        if (both.size === 2) second();
        await called;
        resolve();
      };
      consumer.run({ partitionsConsumedConcurrently: 2, eachMessage }).catch(reject);
    });
    expect(both.size).toBe(2);
  });
});

describe('eachBatch', () => {
  const runBatch = async (
    config: { readonly autoResolve?: boolean },
    handler: (payload: EachBatchPayload) => Promise<void>,
  ) => {
    const consumer = await stage.consumer();
    const handled = new Promise<void>((resolve, reject) => {
      const eachBatch = (payload: EachBatchPayload): Promise<void> => handler(payload).then(resolve, reject);
      consumer.run({ eachBatchAutoResolve: config.autoResolve ?? true, eachBatch }).catch(reject);
    });
    return { consumer, handled };
  };

  test('shows opened messages only, in a batch that works as kafkajs’ does', async () => {
    await sendJunk('junk 0');
    await send('a', 'b');
    await sendJunk('junk 3');
    let batch: Batch | null = null;
    const { consumer, handled } = await runBatch({}, async (payload) => {
      batch = payload.batch;
    });
    const committed = committedTo(consumer, '4');
    await handled;
    await committed;
    const view = batch! as Batch & { rawMessages: KafkaMessage[]; messagesWithinOffset: KafkaMessage[] };
    expect(view.messages.map(({ value }) => value!.toString())).toEqual(['a', 'b']);
    expect(view.rawMessages).toBe(view.messages);
    expect(view.messagesWithinOffset).toBe(view.messages);
    expect([view.topic, view.partition, view.highWatermark]).toEqual([stage.topic, 0, '4']);
    expect([view.firstOffset(), view.lastOffset(), view.offsetLag(), view.offsetLagLow()]).toEqual([
      '0',
      '3',
      '0',
      '3',
    ]);
    expect(view.isEmpty()).toBe(false);
    const reachable = JSON.stringify([view, Object.getPrototypeOf(view), Object.keys(view)]);
    expect(reachable).not.toContain(JSON.stringify(Buffer.from('junk 0').toJSON().data));
    expect((await stage.raw(stage.quarantine, 2)).map(({ value }) => value!.toString())).toEqual([
      'junk 0',
      'junk 3',
    ]);
  });

  test('passes rejected records behind the last message that the handler resolves', async () => {
    await send('a', 'b');
    await sendJunk('junk 2', 'junk 3');
    const { consumer, handled } = await runBatch({ autoResolve: false }, async (payload) => {
      for (const { offset } of payload.batch.messages) payload.resolveOffset(offset);
      expect(payload.uncommittedOffsets().topics).toEqual([
        { topic: stage.topic, partitions: [{ partition: 0, offset: '4' }] },
      ]);
    });
    const committed = committedTo(consumer, '4');
    await handled;
    await committed;
  });

  test('delivers again what the handler did not resolve, and audits only what it did', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer();
    const batches: string[][] = [];
    await new Promise<void>((resolve, reject) => {
      const eachBatch = async ({ batch, resolveOffset }: EachBatchPayload): Promise<void> => {
        batches.push(batch.messages.map(({ value }) => value!.toString()));
        resolveOffset(batch.messages[0]!.offset);
        if (batches.length === 3) resolve();
      };
      consumer.run({ eachBatchAutoResolve: false, eachBatch }).catch(reject);
    });
    await consumer.disconnect();
    expect(batches).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c']]);
    expect((await stage.audited('message.received', 3)).map(({ offset }) => offset)).toEqual(['0', '1', '2']);
  });

  test('commits explicit offsets at once, after auditing them', async () => {
    await send('a', 'b', 'c');
    const { handled } = await runBatch({ autoResolve: false }, async (payload) => {
      const { topic, partition } = payload.batch;
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic, partitions: [{ partition, offset: '2' }] }],
      });
      expect((await stage.committed())[0]).toBe('2');
      const audited = await stage.audited('message.received', 2);
      expect(audited.map(({ offset }) => offset)).toEqual(['0', '1']);
    });
    await handled;
  });

  test('does not call the handler for a batch of which nothing is left, and moves on', async () => {
    await sendJunk('junk 0', 'junk 1');
    const consumer = await stage.consumer();
    let calls = 0;
    const committed = committedTo(consumer, '2');
    await consumer.run({
      eachBatch: async () => {
        calls++;
      },
    });
    await committed;
    expect(calls).toBe(0);
  });
});

test('a subscription to a topic that the policy does not map is refused', async () => {
  const consumer = (await stage.kafka('researcher')).consumer({ groupId: stage.group });
  await expect(consumer.subscribe({ topics: [stage.quarantine] })).rejects.toMatchObject({
    code: 'ERR_USAGE_CHANNEL',
  });
  stage.closes(consumer);
  await consumer.connect();
  await expect(consumer.subscribe({ topics: [/^quarantine-/] })).rejects.toMatchObject({
    code: 'ERR_USAGE_CHANNEL',
  });
  await consumer.subscribe({ topics: [new RegExp(`^${stage.topic}$`)], fromBeginning: true });
  await send('a');
  expect((await take(consumer, 1)).map(text)).toEqual(['a']);
});
