// Batches that kafkajs cannot unpack: what they do, and how a topic is kept from having any.
import zlib from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { bareKafka, fresh } from '../fixture.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const notImplemented = CompressionCodecs[CompressionTypes.ZSTD];
afterEach(() => {
  CompressionCodecs[CompressionTypes.ZSTD] = notImplemented;
});

/** What a consumer reads of a batch that was sent by zstd, or why it gave up. */
async function readOf(compression: string | null): Promise<string> {
  const topic = fresh('packed');
  const kafka = bareKafka();
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = compression === null ? [] : [{ name: 'compression.type', value: compression }];
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  await admin.disconnect();
  const compress = ({ buffer }: { buffer: Buffer }) => Promise.resolve(zlib.zstdCompressSync(buffer));
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, compression: CompressionTypes.ZSTD, messages: [{ value: 'packed' }] });
  await producer.disconnect();
  CompressionCodecs[CompressionTypes.ZSTD] = notImplemented;
  const consumer = kafka.consumer({ groupId: fresh('packed') });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const answer = new Promise<string>((resolve) => {
    consumer.on('consumer.crash', ({ payload }) => resolve(`${payload.error.name} ${payload.restart}`));
    void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) });
  });
  const read = await answer;
  await consumer.disconnect();
  return read;
}

test('kafkajs gives up for good at a batch by zstd', async () => {
  expect(await readOf(null)).toBe('KafkaJSNotImplemented false');
});

test.each(['uncompressed', 'gzip'])(
  'a topic of compression.type %s has none: the broker packs anew',
  async (type) => {
    expect(await readOf(type)).toBe('packed');
  },
);
