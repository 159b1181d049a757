// Turns what an application gives to `send` into bytes, and refuses what kafkajs would corrupt or quote in an error.
import { UsageError, type HeaderField } from '@sealwire/core';
import type { Message } from 'kafkajs';

const noHeaders: readonly HeaderField[] = [];

/** The bytes of one message. The caller’s message is read, never changed. */
export interface MessageBytes {
  readonly payload: Buffer | null;
  readonly key: Buffer | null;
  readonly headers: readonly HeaderField[];
}

/**
 * Reads a message. Buffers are shared, strings become UTF-8, a Uint8Array is a view (kafkajs would send its numbers as
 * text). `null` is a tombstone and stays one; empty stays empty.
 * @throws UsageError ERR_USAGE_MESSAGE, ERR_USAGE_HEADER; neither quotes a value
 */
export function messageBytes(message: Message, topic: string): MessageBytes {
  if (typeof message !== 'object' || message === null) {
    throw refusal(topic, 'A message is an object with a value.');
  }
  const payload = toBytes(message.value);
  if (payload === undefined) {
    throw refusal(topic, 'The value is a Buffer, a Uint8Array, a string, or null for a tombstone.');
  }
  const key = message.key === undefined ? null : toBytes(message.key);
  if (key === undefined) throw refusal(topic, 'The key is a Buffer, a Uint8Array, a string or null.');
  return { payload, key, headers: headerFields(message.headers, topic) };
}

function headerFields(headers: unknown, topic: string): readonly HeaderField[] {
  if (headers === undefined || headers === null) return noHeaders;
  if (typeof headers !== 'object' || Array.isArray(headers)) {
    throw new UsageError('ERR_USAGE_HEADER', 'Give headers as an object of names and values.', { topic });
  }
  const fields: HeaderField[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const values = Array.isArray(value) ? value.map(toHeader) : [toHeader(value)];
    // kafkajs drops a header that has no values, and so must we: what is signed is what would have arrived.
    if (values.length === 0) continue;
    if (values.includes(undefined)) {
      const rule =
        'is not a Buffer, a Uint8Array or a string, or an array of them. Leave it out or convert it';
      throw new UsageError('ERR_USAGE_HEADER', `A value of the header “${name}” ${rule}.`, { topic });
    }
    fields.push({ name, values: values as Buffer[] });
  }
  return fields;
}

const toHeader = (value: unknown): Buffer | undefined => toBytes(value) ?? undefined;

/** @returns `undefined` for what is neither bytes, text nor null */
function toBytes(value: unknown): Buffer | null | undefined {
  if (value === null) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (Buffer.isBuffer(value)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

function refusal(topic: string, rule: string): UsageError {
  return new UsageError('ERR_USAGE_MESSAGE', `The message cannot be carried. ${rule}`, { topic });
}
