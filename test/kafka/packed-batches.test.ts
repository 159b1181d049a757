// Batches by codecs that kafkajs lacks: they end no consumer. The broker, which packs and unpacks by Java’s, is the other side.
import zlib from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { bareKafka, fresh } from '../fixture.ts';
import { openStage, sendValues, take, text, type Stage } from './stage.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const kafkajsOwn = { ...CompressionCodecs };
let stage: Stage | null = null;
afterEach(async () => {
  await stage?.close();
  stage = null;
  // The registry is the process’s.
  Object.assign(CompressionCodecs, kafkajsOwn);
});

interface Codec {
  compress(encoder: object): Promise<Buffer>;
}

const values = Array.from({ length: 50 }, (_, i) => `message ${i}, ${'and so on '.repeat(i)}`);
const types = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const typeOf = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

test('kafkajs by itself gives up for good at a batch by zstd', async () => {
  stage = await openStage({ topicConfig: { 'compression.type': 'zstd' } });
  await sendValues(await stage.producer(), stage.topic, values);
  Object.assign(CompressionCodecs, kafkajsOwn);
  const consumer = stage.closes(bareKafka().consumer({ groupId: fresh('packed') }));
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
  const crash = new Promise<string>((resolve) => {
    // One that restarts was about something else: a coordinator that loads.
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) resolve(payload.error.name);
    });
  });
  await consumer.run({ eachMessage: () => Promise.resolve() });
  expect(await crash).toBe('KafkaJSNotImplemented');
});

describe.each(types)('%s', (type) => {
  test('what the broker packs so is read, sealed messages and junk', async () => {
    stage = await openStage({ topicConfig: { 'compression.type': type } });
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, values);
    const junk = bareKafka().producer();
    await junk.connect();
    await junk.send({ topic: stage.topic, messages: [{ value: 'junk' }] });
    await junk.disconnect();
    await sendValues(producer, stage.topic, ['last']);
    expect((await take(await stage.consumer(), 51)).map(text)).toEqual([...values, 'last']);
    const [kept] = await stage.raw(stage.quarantine, 1);
    expect(String(kept!.value)).toBe('junk');
  });

  test('what a producer packs so is taken by the broker, and read', async () => {
    stage = await openStage();
    const producer = await stage.producer();
    const messages = values.map((value) => ({ value }));
    await producer.send({ topic: stage.topic, compression: typeOf[type], messages });
    expect((await take(await stage.consumer(), 50)).map(text)).toEqual(values);
  });
});

const xerial = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
/** As Java’s clients do. */
const inStream = (packed: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packed.length);
  return Buffer.concat([xerial, length, packed]);
};
const same = (packed: Buffer): Buffer => packed;

test.each([
  ['gzip', 'text', same, Buffer.from('junk, and more of it than a member has')],
  ['gzip', 'half a magic number', same, Buffer.from([0x1f, 1])],
  ['gzip', 'a head of another method', same, Buffer.from([0x1f, 0x8b, 0xff, 0xff, ...Buffer.alloc(30)])],
  ['snappy', 'too few bytes for a length', inStream, Buffer.from([1, 2])],
  ['lz4', 'text', same, Buffer.from('junk')],
  ['zstd', 'a frame’s first bytes', same, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['zstd', 'half a skippable frame', same, Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0])],
] as const)(
  'a batch by %s with %s behind its end, which the broker takes, is read',
  async (type, _, form, behind) => {
    stage = await openStage();
    const consumer = await stage.consumer();
    const registry: Record<number, () => Codec> = CompressionCodecs;
    const codec = registry[typeOf[type]]!();
    registry[typeOf[type]] = () => ({
      compress: async (encoder: object) => Buffer.concat([form(await codec.compress(encoder)), behind]),
    });
    const messages = values.map((value) => ({ value }));
    await (await stage.producer()).send({ topic: stage.topic, compression: typeOf[type], messages });
    registry[typeOf[type]] = () => codec;
    expect((await take(consumer, 50)).map(text)).toEqual(values);
  },
);

test('a batch of two zstd frames, of which Node unpacks the first only, is read whole', async () => {
  stage = await openStage();
  const consumer = await stage.consumer();
  const inTwo = ({ buffer }: { buffer: Buffer }): Promise<Buffer> =>
    Promise.resolve(
      Buffer.concat([buffer.subarray(0, 40), buffer.subarray(40)].map((part) => zlib.zstdCompressSync(part))),
    );
  const { [CompressionTypes.ZSTD]: codec } = CompressionCodecs;
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress: inTwo });
  await (
    await stage.producer()
  ).send({
    topic: stage.topic,
    compression: CompressionTypes.ZSTD,
    messages: values.map((value) => ({ value })),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = codec!;
  expect((await take(consumer, 50)).map(text)).toEqual(values);
});
