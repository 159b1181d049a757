// HMAC-SHA256 over 32-byte messages.
import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { argumentError, both } from './both-providers.js';

describe.each(both)('$provider', ({ macKey, randomBytes, hash }) => {
  test('the mac is HMAC-SHA256, also when a key is used many times', () => {
    const raw = randomBytes(32);
    const key = macKey(raw);
    for (let i = 0; i < 20; i++) {
      const message = hash(randomBytes(i));
      const expected = createHmac('sha256', raw)
        .update(message, 'latin1')
        .digest('latin1' as 'binary');
      expect(key.mac(message)).toBe(expected);
    }
  });

  test('two keys do not disturb each other', () => {
    const [a, b] = [macKey(Buffer.alloc(32, 1)), macKey(Buffer.alloc(32, 2))];
    const message = hash(Buffer.alloc(0));
    const first = a.mac(message);
    expect(b.mac(message)).not.toBe(first);
    expect(a.mac(message)).toBe(first);
  });

  test('the key is copied: overwriting the argument changes nothing', () => {
    const raw = randomBytes(32);
    const message = hash(raw);
    const key = macKey(raw);
    const before = key.mac(message);
    raw.fill(0);
    expect(key.mac(message)).toBe(before);
  });

  test.each([0, 31, 33, 64])('a message of %d bytes is refused', (bytes) => {
    expect(() => macKey(Buffer.alloc(32)).mac('x'.repeat(bytes))).toThrow(argumentError);
  });

  test.each([0, 16, 31, 33, 64])('a key of %d bytes is refused', (bytes) => {
    expect(() => macKey(Buffer.alloc(bytes))).toThrow(argumentError);
  });
});
