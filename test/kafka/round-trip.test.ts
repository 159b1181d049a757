// What kafkajs carries, SecureKafka carries: values, keys, headers, partitions, timestamps.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { origin } from '@sealwire/kafka';
import type { Consumer, Producer } from 'kafkajs';
import { openStage, take, type Stage } from './stage.ts';

describe('a record that was sent', () => {
  let stage: Stage;
  let producer: Producer;
  let consumer: Consumer;
  beforeAll(async () => {
    stage = await openStage({ partitions: 3, clearHeaders: ['tenant'] });
    producer = await stage.producer();
    consumer = await stage.consumer();
  });
  afterAll(() => stage.close());

  test('arrives as kafkajs would have delivered it, and lies sealed on the broker', async () => {
    const { topic } = stage;
    const headers = {
      one: 'text',
      several: ['a', Buffer.from('b')],
      tenant: 'acme',
      7: 'integer-like',
      constructor: 'safe',
      ['__proto__']: 'own',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    } as unknown as Record<string, string>;
    const message = { key: 'k', value: 'top secret', headers, timestamp: '1700000000000', partition: 2 };
    const metadata = await producer.send({ topic, messages: [message] });
    expect(metadata).toEqual([expect.objectContaining({ topicName: topic, partition: 2, errorCode: 0 })]);
    const more = [
      { value: null, key: 'gone', partition: 2 },
      { value: '', key: '', partition: 2 },
      { value: new Uint8Array([1, 2, 3]) as Buffer, key: new Uint8Array([9]) as Buffer, partition: 2 },
    ];
    await producer.sendBatch({ topicMessages: more.map((each) => ({ topic, messages: [each] })) });

    const taken = await take(consumer, 4);
    const [first, tombstone, empty, bytes] = taken.map((payload) => payload.message);
    expect(taken.map(({ partition }) => partition)).toEqual([2, 2, 2, 2]);
    expect(first!.value!.toString()).toBe('top secret');
    expect(first!.key!.toString()).toBe('k');
    expect(first!.timestamp).toBe('1700000000000');
    expect(Object.getPrototypeOf(first!.headers)).toBe(Object.prototype);
    expect(Object.keys(first!.headers!).sort()).toEqual(
      ['7', '__proto__', 'constructor', 'one', 'several', 'tenant', 'traceparent'].sort(),
    );
    expect(first!.headers!['one']).toEqual(Buffer.from('text'));
    expect(first!.headers!['several']).toEqual([Buffer.from('a'), Buffer.from('b')]);
    expect(first!.headers!['constructor']).toEqual(Buffer.from('safe'));
    expect(Object.getOwnPropertyDescriptor(first!.headers, '__proto__')!.value).toEqual(Buffer.from('own'));
    expect(Object.isExtensible(first) && Object.isExtensible(first!.headers)).toBe(true);
    expect(origin(first!)).toMatchObject({ verified: true, sender: 'orchestrator', type: 'agent.message' });
    expect(tombstone!.value).toBeNull();
    expect(tombstone!.headers).toEqual({});
    expect(empty!.value).toEqual(Buffer.alloc(0));
    expect(empty!.key).toEqual(Buffer.alloc(0));
    expect(bytes!.value).toEqual(Buffer.from([1, 2, 3]));
    expect(bytes!.key).toEqual(Buffer.from([9]));

    const raw = await stage.raw(topic, 4);
    expect(raw[0]!.value!.includes('top secret')).toBe(false);
    expect(raw[0]!.key!.toString()).toBe('k');
    expect(Object.keys(raw[0]!.headers!).sort()).toEqual(['tenant', 'traceparent']);
    expect(raw[1]!.value).toBeNull();
    expect(Object.keys(raw[1]!.headers!)).toEqual(['sealwire']);
  });
});
