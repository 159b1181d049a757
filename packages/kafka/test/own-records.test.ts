// What we write ourselves: audit lines and quarantined records.
import { describe, expect, test } from '@jest/globals';
import type { Received } from '@sealwire/core';
import type { Message } from 'kafkajs';
import { auditSink } from '../src/audit-sink.js';
import type { OwnProducer } from '../src/own-producer.js';
import { quarantineTopic } from '../src/quarantine.js';
import { rejectedOf } from './doubles.js';

/** Takes writes as the producer would; a refusal is thrown for each call that it names. */
function producerOf(refuse: (messages: readonly Message[], call: number) => Error | null = () => null) {
  const writes: {
    readonly topic: string;
    readonly messages: readonly Message[];
    readonly compressed: boolean;
  }[] = [];
  const write: OwnProducer['write'] = async (topic, messages, compressed) => {
    writes.push({ topic, messages, compressed });
    const refusal = refuse(messages, writes.length);
    if (refusal !== null) throw refusal;
  };
  return { writes, producer: { write } };
}

describe('the audit sink', () => {
  const line = (json: string) => ({ key: 'alice', json });

  test('writes lines compressed, in order, in chunks that a broker takes', async () => {
    const { writes, producer } = producerOf();
    const lines = Array.from({ length: 5 }, (_, i) => line(String(i).repeat(200_000)));
    await auditSink('audit', producer).write(lines);
    expect(writes.map(({ messages }) => messages.length)).toEqual([2, 2, 1]);
    expect(writes.every(({ topic, compressed }) => topic === 'audit' && compressed)).toBe(true);
    const values = writes.flatMap(({ messages }) => messages.map(({ value }) => value));
    expect(values).toEqual(lines.map(({ json }) => json));
  });

  test('writes nothing for nothing, and rejects when a chunk is not acknowledged', async () => {
    const { writes, producer } = producerOf(() => new Error('away'));
    await auditSink('audit', producer).write([]);
    expect(writes).toEqual([]);
    await expect(auditSink('audit', producer).write([line('{}')])).rejects.toThrow('away');
  });
});

describe('the quarantine', () => {
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
    await quarantineTopic('q', 'bob', producer)([rejectedOf(received(value, headers))]);
    const [message] = writes[0]!.messages;
    expect(message!.value).toBe(value);
    expect(String(message!.headers!['sealwire-code'])).toBe('ERR_FORMAT_NOT_SEALED');
    expect(String(message!.headers!['original-sealwire-code'])).toBe('forged');
    expect(String(message!.headers!['sealwire-offset'])).toBe('17');
    expect(String(message!.headers!['sealwire-rejected-by'])).toBe('bob');
  });

  test('divides what does not fit one produce call', async () => {
    const { writes, producer } = producerOf();
    const rejected = Array.from({ length: 3 }, () => rejectedOf(received(Buffer.alloc(400_000))));
    await quarantineTopic('q', 'bob', producer)(rejected);
    expect(writes.map(({ messages }) => messages.length)).toEqual([2, 1]);
  });

  test('shortens only the record that is too large by itself', async () => {
    const { writes, producer } = producerOf((messages) => (bytesOf(messages) > 5000 ? tooLarge : null));
    const small = rejectedOf(received(Buffer.alloc(100, 'a')));
    const large = rejectedOf(received(Buffer.alloc(6000, 'b')));
    await quarantineTopic('q', 'bob', producer)([small, large]);
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
    const write = quarantineTopic('q', 'bob', producer)([rejectedOf(received(null))]);
    await expect(write).rejects.toThrow('away');
  });
});
