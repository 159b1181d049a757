// kafkajs’ own sending over a broker that keeps each sequence number once, as Kafka’s does, and whose answers are lost.
import { expect, test } from '@jest/globals';
import type { ProducerBatch, RecordMetadata } from 'kafkajs';
import eosManagerOf from 'kafkajs/src/producer/eosManager/index.js';
import sendMessagesOf from 'kafkajs/src/producer/sendMessages.js';
import retrierOf from 'kafkajs/src/retry/index.js';
import { InSequence, placeOf } from '../src/in-sequence.js';
import { silent } from './doubles.js';

interface Produced {
  readonly partition: number;
  readonly firstSequence: number;
  readonly messages: readonly { readonly value: string }[];
}

/** One partition, and a producer of kafkajs’ that is idempotent. @param lost of which batches the answer is lost */
async function stage(lost: readonly number[], retries: number) {
  const log: string[] = [];
  const seen = new Set<number>();
  let batches = 0;
  const broker = {
    nodeId: 1,
    initProducerId: async () => ({ producerId: 7, producerEpoch: 0 }),
    produce: async ({ topicData }: { topicData: { topic: string; partitions: Produced[] }[] }) => {
      const { topic, partitions } = topicData[0]!;
      const [{ partition, firstSequence, messages }] = partitions as [Produced];
      if (!seen.has(firstSequence)) log.push(...messages.map(({ value }) => value));
      seen.add(firstSequence);
      const batch = batches++;
      await new Promise(setImmediate);
      if (lost.includes(batch)) throw Object.assign(new Error('cut off'), { retriable: true });
      return { topics: [{ topicName: topic, partitions: [{ partition, errorCode: 0, baseOffset: '0' }] }] };
    },
  };
  const nothing = async (): Promise<void> => undefined;
  const cluster = {
    refreshMetadataIfNecessary: nothing,
    refreshMetadata: nothing,
    addMultipleTargetTopics: nothing,
    isConnected: () => true,
    findControllerBroker: async () => broker,
    findBroker: async () => broker,
    findTopicPartitionMetadata: () => [{ partitionId: 0, leader: 1 }],
    findLeaderForPartitions: () => ({ 1: [0] }),
  };
  const eosManager = eosManagerOf({ logger: silent, cluster, transactional: false });
  await eosManager.initProducerId();
  const retrier = retrierOf({ retries, initialRetryTime: 1, maxRetryTime: 20 });
  const sendBatch = sendMessagesOf({ logger: silent, cluster, partitioner: () => 0, eosManager, retrier });
  return { log, sender: { sendBatch: (batch: ProducerBatch) => sendBatch({ acks: -1, ...batch }) } };
}

const batchOf = (value: string): ProducerBatch => ({
  topicMessages: [{ topic: 't', messages: [{ partition: 0, value }] }],
});

/** Sends in sequence. */
function inSequence(sender: { sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> }) {
  const sends = new InSequence(sender, silent);
  return (value: string) => sends.turn([placeOf('t', 0)], () => sends.sendBatch(batchOf(value)));
}

test('by itself kafkajs has the broker drop what it sends beside a record whose answer is lost', async () => {
  const { log, sender } = await stage([0], 3);
  await Promise.all(['a', 'b', 'c'].map((value) => sender.sendBatch(batchOf(value))));
  expect(log).not.toContain('b');
});

test('in sequence every record is written, once', async () => {
  const { log, sender } = await stage([0], 3);
  const send = inSequence(sender);
  await Promise.all(['a', 'b', 'c'].map(send));
  expect(log).toEqual(['a', 'b', 'c']);
});

test('by itself kafkajs has the broker drop what it sends after a record that it gave up on', async () => {
  const { log, sender } = await stage([0], 0);
  await expect(sender.sendBatch(batchOf('a'))).rejects.toThrow();
  await sender.sendBatch(batchOf('b'));
  expect(log).toEqual(['a']);
});

test('in sequence what was given up on is settled first, and what comes then is written', async () => {
  const { log, sender } = await stage([0, 1], 0);
  const send = inSequence(sender);
  for (const value of ['a', 'b']) await expect(send(value)).rejects.toThrow('cut off');
  await send('c');
  expect(log).toEqual(['a', 'c']);
});
