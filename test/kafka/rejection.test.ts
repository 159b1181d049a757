// What becomes of records that are not what they should be.
import { afterEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type EachMessagePayload, type Message } from 'kafkajs';
import { bareKafka } from '../fixture.ts';
import { committedTo, openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

async function sendBare(messages: Message[], compression = kafkajs.CompressionTypes.None): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic: stage.topic, messages, compression });
  await bare.disconnect();
}

describe('a rejected record', () => {
  test('lies in quarantine with its bytes, reason and place before the partition goes on', async () => {
    stage = await openStage();
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['a']);
    const forged = { 'sealwire-code': 'ERR_FORGED', mine: ['x', 'y'] };
    await sendBare([{ key: 'k', value: 'junk', headers: forged }]);
    await sendValues(producer, stage.topic, ['b']);
    const consumer = await stage.consumer();
    const committed = committedTo(consumer, '3');
    expect((await take(consumer, 2)).map(text)).toEqual(['a', 'b']);
    await committed;
    const [record] = await stage.raw(stage.quarantine, 1);
    expect([record!.key!.toString(), record!.value!.toString()]).toEqual(['k', 'junk']);
    const headers = Object.fromEntries(
      Object.entries(record!.headers!).map(([name, value]) => [name, String(value)]),
    );
    expect(headers).toMatchObject({
      'sealwire-code': 'ERR_FORMAT_NOT_SEALED',
      'sealwire-rejected-by': 'researcher',
      'sealwire-topic': stage.topic,
      'sealwire-partition': '0',
      'sealwire-offset': '1',
      'original-sealwire-code': 'ERR_FORGED',
      mine: 'x,y',
    });
    const [event] = await stage.audited('message.rejected', 1);
    expect(event).toMatchObject({ outcome: 'quarantined', code: 'ERR_FORMAT_NOT_SEALED', unverified: true });
  });

  test('stops nothing, whatever its headers are called', async () => {
    stage = await openStage();
    const names = ['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty', 'then'];
    const headers = Object.fromEntries(names.map((name) => [name, 'x']));
    Object.defineProperty(headers, '__proto__', { value: 'x', enumerable: true });
    await sendBare([{ value: 'junk', headers }, { value: null, headers }, { value: null }, { value: '' }]);
    await sendValues(await stage.producer(), stage.topic, ['a']);
    const consumer = await stage.consumer();
    expect((await take(consumer, 1)).map(text)).toEqual(['a']);
    const [record] = await stage.raw(stage.quarantine, 4);
    expect(record!.value!.toString()).toBe('junk');
  });

  test('halts its partition where the policy says so, and stays unread', async () => {
    stage = await openStage({ onReject: 'halt' });
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['a']);
    await sendBare([{ value: 'junk' }]);
    await sendValues(producer, stage.topic, ['b']);
    const consumer = await stage.consumer();
    const seen: string[] = [];
    const halted = new Promise<void>((resolve) => {
      const remove = consumer.on(consumer.events.END_BATCH_PROCESS, () => {
        remove();
        resolve();
      });
    });
    let more = (): void => undefined;
    const b = new Promise<void>((resolve) => (more = resolve));
    await consumer.run({
      eachMessage: async (payload: EachMessagePayload) => {
        seen.push(text(payload));
        if (seen.length === 2) more();
      },
    });
    await halted;
    expect(consumer.paused()).toEqual([{ topic: stage.topic, partitions: [0] }]);
    expect(seen).toEqual(['a']);
    expect(await stage.committed()).toEqual(['1']);
    expect(await stage.audited('message.rejected', 1)).toMatchObject([{ outcome: 'halted' }]);
    // Only a decision gets past it.
    consumer.seek({ topic: stage.topic, partition: 0, offset: '2' });
    consumer.resume([{ topic: stage.topic, partitions: [0] }]);
    await b;
    expect(seen).toEqual(['a', 'b']);
  });

  test('is dropped where the policy says so, and audited', async () => {
    stage = await openStage({ onReject: 'drop' });
    await sendBare([{ value: 'junk' }]);
    await sendValues(await stage.producer(), stage.topic, ['a']);
    const consumer = await stage.consumer();
    expect((await take(consumer, 1)).map(text)).toEqual(['a']);
    expect(await stage.audited('message.rejected', 1)).toMatchObject([{ outcome: 'dropped' }]);
  });

  test('of the largest size is kept shortened, with its hash', async () => {
    stage = await openStage();
    await sendBare([{ value: Buffer.alloc(1_048_500, 'x') }]);
    await sendValues(await stage.producer(), stage.topic, ['a']);
    const consumer = await stage.consumer();
    expect((await take(consumer, 1)).map(text)).toEqual(['a']);
    const [record] = await stage.raw(stage.quarantine, 1);
    expect(record!.value).toEqual(Buffer.alloc(4096, 'x'));
    expect(String(record!.headers!['sealwire-shortened'])).toBe('true');
    expect(String(record!.headers!['sealwire-record-hash'])).toMatch(/^[0-9a-f]{64}$/);
  });
});

const { GZIP, LZ4, ZSTD } = kafkajs.CompressionTypes;
test.each([
  ['gzip', GZIP],
  ['lz4', LZ4],
  ['zstd', ZSTD],
])('a small batch by %s that unpacks to more than 64 MiB is passed, not unpacked', async (_, codec) => {
  stage = await openStage();
  const producer = await stage.producer();
  await sendValues(producer, stage.topic, ['a']);
  const bomb = Buffer.alloc(40 * 1024 * 1024);
  await sendBare([{ value: bomb }, { value: bomb }], codec);
  await sendValues(producer, stage.topic, ['b']);
  const consumer = await stage.consumer();
  const committed = committedTo(consumer, '4');
  expect((await take(consumer, 2)).map(text)).toEqual(['a', 'b']);
  await committed;
  const kept = await stage.raw(stage.quarantine, 2);
  expect(kept.map(({ value }) => value!.toString())).toEqual([
    expect.stringMatching(/^not unpacked: .*SHA-256 [0-9a-f]{64}$/),
    expect.stringMatching(/^not unpacked: .*SHA-256 [0-9a-f]{64}$/),
  ]);
});
