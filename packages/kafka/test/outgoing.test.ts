// What an application may give as a message, and what becomes of its bytes.
import { describe, expect, test } from '@jest/globals';
import { UsageError } from '@sealwire/core';
import type { Message } from 'kafkajs';
import { messageBytes } from '../src/outgoing.js';

const read = (message: object) => messageBytes(message as Message, 't');

describe('a message', () => {
  test('shares Buffers, views Uint8Arrays, and encodes strings as UTF-8', () => {
    const value = Buffer.from('v');
    expect(read({ value }).payload).toBe(value);
    const whole = new Uint8Array([9, 1, 2, 3, 9]);
    const { payload } = read({ value: whole.subarray(1, 4) });
    expect(payload).toEqual(Buffer.from([1, 2, 3]));
    expect(payload!.buffer).toBe(whole.buffer);
    expect(read({ value: 'ü' }).payload).toEqual(Buffer.from('ü'));
  });

  test('keeps null, absent and empty apart', () => {
    expect(read({ value: null })).toEqual({ payload: null, key: null, headers: [] });
    expect(read({ value: '', key: '' })).toMatchObject({ payload: Buffer.alloc(0), key: Buffer.alloc(0) });
    expect(read({ value: 'v', key: undefined }).key).toBeNull();
  });

  test('has its headers as lists of values under their own names, whatever these are', () => {
    const headers = { 7: 'x', several: ['a', Buffer.from('b')], none: [], constructor: new Uint8Array([1]) };
    Object.defineProperty(headers, '__proto__', { value: 'p', enumerable: true });
    expect(read({ value: 'v', headers }).headers).toEqual([
      { name: '7', values: [Buffer.from('x')] },
      { name: 'several', values: [Buffer.from('a'), Buffer.from('b')] },
      { name: 'constructor', values: [Buffer.from([1])] },
      { name: '__proto__', values: [Buffer.from('p')] },
    ]);
  });

  test.each([
    [{}, 'ERR_USAGE_MESSAGE'],
    [{ value: undefined, key: 'secret' }, 'ERR_USAGE_MESSAGE'],
    [{ value: 5 }, 'ERR_USAGE_MESSAGE'],
    [{ value: { secret: 1 } }, 'ERR_USAGE_MESSAGE'],
    [{ value: 'secret', key: 1 }, 'ERR_USAGE_MESSAGE'],
    [{ value: 'v', headers: ['secret'] }, 'ERR_USAGE_HEADER'],
    [{ value: 'v', headers: 'secret' }, 'ERR_USAGE_HEADER'],
    [{ value: 'v', headers: { h: null } }, 'ERR_USAGE_HEADER'],
    [{ value: 'v', headers: { h: undefined } }, 'ERR_USAGE_HEADER'],
    [{ value: 'v', headers: { h: 1 } }, 'ERR_USAGE_HEADER'],
    [{ value: 'v', headers: { h: ['secret', undefined] } }, 'ERR_USAGE_HEADER'],
    [null, 'ERR_USAGE_MESSAGE'],
  ])('is refused where kafkajs would corrupt it, crash or quote it: %j', (message, code) => {
    const attempt = () => messageBytes(message as unknown as Message, 't');
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(expect.objectContaining({ code }));
    expect(attempt).not.toThrow(/secret/);
  });
});
