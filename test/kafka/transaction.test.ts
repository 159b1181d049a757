// kafkajs’ transactions with sealed records.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EachBatchPayload } from 'kafkajs';
import { bareKafka, fresh } from '../fixture.ts';
import { next, openStage, sendValues, take, text, type Stage } from './stage.ts';

describe('a transaction', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  test('delivers what was committed, not what was aborted, and audits which was which', async () => {
    const producer = await stage.producer({ transactionalId: fresh('tx'), maxInFlightRequests: 1 });
    const aborted = await producer.transaction();
    await aborted.send({ topic: stage.topic, messages: [{ value: 'aborted' }] });
    await aborted.abort();
    const committed = await producer.transaction();
    expect(committed.isActive()).toBe(true);
    await committed.send({ topic: stage.topic, messages: [{ value: 'first' }] });
    await committed.sendBatch({ topicMessages: [{ topic: stage.topic, messages: [{ value: 'second' }] }] });
    await committed.commit();
    expect(committed.isActive()).toBe(false);
    await expect(committed.send({ topic: stage.topic, messages: [{ value: 'late' }] })).rejects.toThrow(
      /transaction once ended/,
    );
    const consumer = await stage.consumer({ groupId: fresh('g') });
    expect((await take(consumer, 2)).map(text)).toEqual(['first', 'second']);
    const events = await stage.audited('message.sent', 3);
    expect(events.map(({ outcome }) => outcome)).toEqual(['failed', 'acknowledged', 'acknowledged']);
    expect(events.map(({ transaction }) => transaction)).toEqual(['aborted', 'committed', 'committed']);
  });
});

test('a consumer’s offsets are committed by a transaction after they were audited', async () => {
  const stage = await openStage();
  try {
    await sendValues(await stage.producer(), stage.topic, ['a', 'b', 'c']);
    const kafka = await stage.kafka('researcher');
    const config = { transactionalId: fresh('tx'), idempotent: true, maxInFlightRequests: 1 };
    const producer = stage.closes(kafka.producer(config));
    await producer.connect();
    const consumer = stage.closes(kafka.consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }));
    await consumer.connect();
    await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
    const done = new Promise<void>((resolve, reject) => {
      const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
        const { batch, resolveOffset, uncommittedOffsets } = payload;
        const transaction = await producer.transaction();
        await transaction.send({
          topic: stage.topic,
          messages: batch.messages.map(({ value }) => ({ value: `re-${value!.toString()}` })),
        });
        for (const { offset } of batch.messages) resolveOffset(offset);
        const { topics } = uncommittedOffsets();
        expect(topics[0]!.partitions[0]!.offset).toBe('3');
        await transaction.sendOffsets({ consumerGroupId: stage.group, topics });
        const admin = bareKafka().admin();
        await admin.connect();
        // Three sent, three received, and the connections: all of them before the commit.
        for (let end = 0; end < 6;) end = Number((await admin.fetchTopicOffsets(stage.audit))[0]!.high);
        await admin.disconnect();
        await transaction.commit();
        consumer.stop().catch(reject);
      };
      next(consumer, consumer.events.STOP).then(() => resolve(), reject);
      consumer
        .run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (p) => eachBatch(p).catch(reject) })
        .catch(reject);
    });
    await done;
    expect(await stage.committed()).toEqual(['3']);
  } finally {
    await stage.close();
  }
});
