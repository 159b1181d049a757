// From kafkajs’ record to the one on trial, and from the verified one to the application’s message.
import { describe, expect, test } from '@jest/globals';
import { origin, type HeaderField, type Plain, type Received } from '@sealwire/core';
import { receivedHeaders } from '../src/header-fields.js';
import { toReceived, type RawMessage } from '../src/received.js';
import { userMessage } from '../src/user-message.js';
import { record, verifiedOf } from './doubles.js';

const b = (text: string) => Buffer.from(text);
const raw = (more: object = {}) => record(5, 'v', more) as RawMessage;
const field = (name: string, ...values: string[]): HeaderField => ({ name, values: values.map(b) });

describe('a received record', () => {
  test('has an append time only where the broker itself stamped it', () => {
    expect(toReceived('t', 1, raw(), 7)).toEqual({
      source: { transport: 'kafka', topic: 't', partition: 1, offset: '5' },
      value: b('v'),
      key: null,
      headers: [],
      appendedAtMs: null,
      receivedAtMs: 7,
    });
    const stamped = raw({ batchContext: { timestampType: 1 } });
    expect(toReceived('t', 1, stamped, 7).appendedAtMs).toBe(1700000000000);
    expect(toReceived('t', 1, raw({ batchContext: undefined }), 7).appendedAtMs).toBeNull();
  });

  test('has the headers that were sent, in spite of what kafkajs makes of their names', () => {
    const decoded = { one: b('x'), two: [b('x'), b('y')], gone: null, constructor: [Object, b('z')] };
    Object.defineProperty(decoded, '__proto__', { value: [Object.prototype, b('p')], enumerable: true });
    expect(receivedHeaders(decoded as never)).toEqual([
      field('one', 'x'),
      field('two', 'x', 'y'),
      field('constructor', 'z'),
      field('__proto__', 'p'),
    ]);
    expect(receivedHeaders(undefined)).toEqual([]);
  });
});

describe('the application’s message', () => {
  const trace = { traceparent: b('t'), tracestate: b('s'), baggage: b('forged'), 'x-unbound': b('forged') };

  test('has kafkajs’ shape, the opened value, and its own headers', () => {
    const received = toReceived('t', 0, raw({ headers: trace }), 0);
    const verified = verifiedOf(received, [
      field('one', 'x'),
      field('two', 'x', 'y'),
      field('__proto__', 'p'),
    ]);
    const message = userMessage(raw({ headers: trace }), verified);
    const { headers, ...rest } = message;
    expect(rest).toEqual({
      magicByte: 2,
      attributes: 0,
      timestamp: '1700000000000',
      offset: '5',
      key: null,
      value: b('open v'),
      isControlRecord: false,
      batchContext: { timestampType: 0 },
    });
    expect(Object.keys(headers!).sort()).toEqual(['__proto__', 'one', 'traceparent', 'tracestate', 'two']);
    expect(headers!['two']).toEqual([b('x'), b('y')]);
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
    expect(Object.isExtensible(message) && Object.isExtensible(headers)).toBe(true);
  });

  test('prefers a verified header to a tracing header of the same name', () => {
    const received = toReceived('t', 0, raw({ headers: trace }), 0);
    const message = userMessage(raw(), verifiedOf(received, [field('traceparent', 'verified')]));
    expect(message.headers!['traceparent']).toEqual(b('verified'));
  });

  test('answers for its origin, and a copy of it does not', () => {
    const message = userMessage(raw(), verifiedOf(toReceived('t', 0, raw(), 0)));
    expect(origin(message)).toMatchObject({ verified: true, sender: 'alice' });
    expect(origin({ ...message })).toBeNull();
  });

  test('keeps the size that old records have', () => {
    const old = raw({ size: 42 });
    expect(userMessage(old, verifiedOf(toReceived('t', 0, old, 0))).size).toBe(42);
  });
});

describe('plaintext that the policy admits', () => {
  const plain = (received: Received): Plain => ({
    verified: false,
    plain: true,
    received,
    channel: 'orders',
    mode: 'observe',
    claimedSender: 'alice',
    evidence: 'header',
    type: 'order',
    recipients: ['team'],
    wouldRefuse: 'ERR_FORMAT_NOT_SEALED',
    downgrade: false,
    recordHash: b('h'),
  });

  test('is handed over as a bare kafkajs has decoded it, in an object of its own', () => {
    const headers = { one: b('x'), two: [b('x'), b('y')], empty: null, constructor: [Object, b('z')] };
    const received = raw({ headers, key: b('k') });
    const message = userMessage(received, plain(toReceived('t', 1, received, 7)));
    expect(message).not.toBe(received);
    expect({ ...message, headers: null }).toEqual({ ...received, headers: null });
    expect(message.headers).toEqual({ one: b('x'), two: [b('x'), b('y')], empty: null, constructor: b('z') });
    expect(origin(message)).toMatchObject({ verified: false, sender: null, claimed: { sender: 'alice' } });
  });

  test('is no tombstone’s proof: a null value stays one', () => {
    const received = raw({ value: null });
    expect(userMessage(received, plain(toReceived('t', 1, received, 7))).value).toBeNull();
  });
});
