// What we write ourselves: audit lines and quarantined records.
import { describe, expect, test } from '@jest/globals';
import type { Inlet, Received } from '@sealwire/core';
import type { Message, Producer, ProducerBatch, RecordMetadata } from 'kafkajs';
import { auditSink } from '../src/audit-sink.js';
import { LazyClient } from '../src/lazy-client.js';
import { OwnProducer } from '../src/own-producer.js';
import { PartitionChoice } from '../src/partition-choice.js';
import { quarantineTopic } from '../src/quarantine.js';
import { rejectedOf, silent } from './doubles.js';

/** Takes writes as the producer would; a refusal is thrown for each call that it names. */
function producerOf(refuse: (messages: readonly Message[], call: number) => Error | null = () => null) {
  const writes: {
    readonly topic: string;
    readonly messages: readonly Message[];
    readonly compressed: boolean;
    readonly partitionBytes?: number;
  }[] = [];
  const write: OwnProducer['write'] = async (topic, messages, writing) => {
    writes.push({ topic, messages, ...writing });
    const refusal = refuse(messages, writes.length);
    if (refusal !== null) throw refusal;
  };
  const packed: { readonly topic: string; readonly key: string; readonly count: number }[] = [];
  const writePacked: OwnProducer['writePacked'] = async (topic, key, { count }) => {
    packed.push({ topic, key, count });
    const refusal = refuse([], writes.length);
    if (refusal !== null) throw refusal;
  };
  return { writes, packed, producer: { write, writePacked } };
}

describe('the audit sink', () => {
  const batch = (...texts: string[]) => ({
    chain: 'chain',
    writer: 'alice',
    lines: texts.map((text) => Buffer.from(text)),
  });

  test('writes lines compressed and in order, in parts that suit kafkajs and brokers', async () => {
    const { writes, producer } = producerOf();
    const written = batch('{"a":1}', '{"a":2}');
    await auditSink('audit', producer).write(written);
    const [{ topic, messages, compressed, partitionBytes }] = writes as [(typeof writes)[number]];
    expect([topic, compressed]).toEqual(['audit', true]);
    expect(partitionBytes).toBeLessThanOrEqual(512 * 1024);
    expect(messages).toEqual(written.lines.map((value) => ({ key: 'chain', value })));
  });

  test('writes nothing for nothing, and rejects when a chunk is not acknowledged', async () => {
    const { writes, producer } = producerOf(() => new Error('away'));
    await auditSink('audit', producer).write(batch());
    expect(writes).toEqual([]);
    await expect(auditSink('audit', producer).write(batch('{}'))).rejects.toThrow('away');
  });

  const packedOf = (bytes: number) => ({
    ...batch('{"a":1}', '{"a":2}'),
    packed: (packer: string) =>
      packer.endsWith('/pack-events.js') ? { bytes: new Uint8Array(bytes), count: 2 } : null,
  });

  test('sends what its packer packed as it is', async () => {
    const { writes, packed, producer } = producerOf();
    await auditSink('audit', producer).write(packedOf(10));
    expect([writes, packed]).toEqual([[], [{ topic: 'audit', key: 'chain', count: 2 }]]);
  });

  test('writes the lines in parts where what was packed is too large, and from then on at once', async () => {
    const refusal = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
    const { writes, packed, producer } = producerOf((messages) => (messages.length === 0 ? refusal : null));
    const sink = auditSink('audit', producer);
    await sink.write(packedOf(10));
    await sink.write(packedOf(10));
    expect([writes.length, packed.length]).toEqual([2, 1]);
  });

  test('rejects where what was packed is not acknowledged, so that all of it comes again', async () => {
    const { writes, producer } = producerOf(() => new Error('away'));
    await expect(auditSink('audit', producer).write(packedOf(10))).rejects.toThrow('away');
    expect(writes).toEqual([]);
  });
});

describe('the quarantine', () => {
  const testify: Inlet['testify'] = async (rejected) =>
    rejected.map(({ received }) =>
      Buffer.from(`evidence of ${(received.source as { offset: string }).offset}`),
    );
  const received = (value: Buffer | null, headers: Received['headers'] = []): Received => ({
    source: { transport: 'kafka', topic: 'orders', partition: 3, offset: '17' },
    value,
    key: Buffer.from('k'),
    headers,
    appendedAtMs: null,
    receivedAtMs: 0,
  });
  const tooLarge = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
  const bytesOf = (messages: readonly Message[]) =>
    messages.reduce((sum, { value }) => sum + ((value as Buffer | null)?.length ?? 0), 0);

  test('keeps key, value and headers as they were, beside ours', async () => {
    const { writes, producer } = producerOf();
    const value = Buffer.from('junk');
    const headers = [{ name: 'sealwire-code', values: [Buffer.from('forged')] }];
    await quarantineTopic('q', 'bob', producer, testify)([rejectedOf(received(value, headers))]);
    const [message] = writes[0]!.messages;
    expect(message!.value).toBe(value);
    expect(String(message!.headers!['sealwire-code'])).toBe('ERR_FORMAT_NOT_SEALED');
    expect(String(message!.headers!['original-sealwire-code'])).toBe('forged');
    expect(String(message!.headers!['sealwire-offset'])).toBe('17');
    expect(String(message!.headers!['sealwire-rejected-by'])).toBe('bob');
    expect(String(message!.headers!['sealwire-evidence'])).toBe('evidence of 17');
  });

  test('divides what does not fit one produce call', async () => {
    const { writes, producer } = producerOf();
    const rejected = Array.from({ length: 3 }, () => rejectedOf(received(Buffer.alloc(400_000))));
    await quarantineTopic('q', 'bob', producer, testify)(rejected);
    expect(writes.map(({ messages }) => messages.length)).toEqual([2, 1]);
  });

  test('shortens only the record that is too large by itself', async () => {
    const { writes, producer } = producerOf((messages) => (bytesOf(messages) > 5000 ? tooLarge : null));
    const small = rejectedOf(received(Buffer.alloc(100, 'a')));
    const large = rejectedOf(received(Buffer.alloc(6000, 'b')));
    await quarantineTopic('q', 'bob', producer, testify)([small, large]);
    const kept = writes
      .filter(({ messages }) => bytesOf(messages) <= 5000)
      .flatMap(({ messages }) => messages);
    expect(kept.map(({ value }) => (value as Buffer).length)).toEqual([100, 4096]);
    expect(kept[0]!.headers!['sealwire-shortened']).toBeUndefined();
    expect(kept[1]!.headers).toMatchObject({ 'sealwire-shortened': 'true' });
    expect(String(kept[1]!.headers!['sealwire-record-hash'])).toMatch(/^(01){32}$/);
  });

  test('rejects when a record is not kept', async () => {
    const { producer } = producerOf(() => new Error('away'));
    const write = quarantineTopic('q', 'bob', producer, testify)([rejectedOf(received(null))]);
    await expect(write).rejects.toThrow('away');
  });
});

describe('the producer of our own records', () => {
  /** Of four partitions; the message’s key says to which it goes. */
  function own(refuse: (sends: number) => Error | null = () => null) {
    const sends: (readonly Message[])[] = [];
    const metadata = [0, 1, 2, 3].map((partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [0],
      isr: [0],
    }));
    const partitions = new PartitionChoice(
      () => (args) => Number(args.message.key),
      async () => metadata,
      60_000,
    );
    const client = {
      connect: async () => undefined,
      disconnect: async () => undefined,
      async sendBatch({ topicMessages }: ProducerBatch): Promise<RecordMetadata[]> {
        const { topic, messages } = topicMessages![0]!;
        sends.push(messages);
        const refusal = refuse(sends.length);
        if (refusal !== null) throw refusal;
        return [...new Set(messages.map(({ partition }) => partition!))].map((partition) => ({
          topicName: topic,
          partition,
          errorCode: 0,
        }));
      },
    };
    const lazy = new LazyClient(client, () => true) as unknown as LazyClient<Producer>;
    return { sends, producer: new OwnProducer(lazy, partitions, silent) };
  }
  const message = (partition: number, value: string): Message => ({ key: String(partition), value });

  test('divides what it writes by partition, keeps the order within each, and loses nothing', async () => {
    const { sends, producer } = own();
    const messages = Array.from({ length: 40 }, (_, i) =>
      message(i % 3 === 0 ? 1 : 2, `${i}`.padEnd(99, '.')),
    );
    await producer.write('audit', messages, { compressed: true, partitionBytes: 500 });
    for (const partition of [1, 2]) {
      const of = (list: readonly Message[]) => list.filter(({ key }) => key === String(partition));
      expect(sends.flatMap(of).map(({ value }) => value)).toEqual(of(messages).map(({ value }) => value));
      for (const send of sends) expect(of(send).length).toBeLessThanOrEqual(5);
    }
    // As many sends as the fuller partition needs, not one for each part.
    expect(sends).toHaveLength(6);
  });

  test('sends a message that is larger than a part alone', async () => {
    const { sends, producer } = own();
    const messages = ['a', 'b'.repeat(900), 'c'].map((value) => message(0, value));
    await producer.write('audit', messages, { compressed: true, partitionBytes: 500 });
    expect(sends.map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  test('stops at the first part that is not acknowledged, and rejects', async () => {
    const { sends, producer } = own((count) => (count === 2 ? new Error('away') : null));
    const messages = Array.from({ length: 4 }, () => message(0, 'x'.repeat(400)));
    const write = producer.write('audit', messages, { compressed: true, partitionBytes: 500 });
    await expect(write).rejects.toThrow('away');
    expect(sends).toHaveLength(2);
  });
});
