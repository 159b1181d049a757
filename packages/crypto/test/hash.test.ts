// SHA-256 as latin1 strings, and random bytes.
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { both } from './both-providers.js';

describe.each(both)('$provider', ({ hash, randomBytes }) => {
  test.each([0, 1, 55, 56, 64, 65, 1228])(
    'the hash of %d bytes is SHA-256, one character a byte',
    (bytes) => {
      const data = randomBytes(bytes);
      const digest = hash(data);
      expect(digest.length).toBe(32);
      expect(Buffer.from(digest, 'latin1')).toEqual(createHash('sha256').update(data).digest());
    },
  );

  test('a hash of a view covers the view only', () => {
    const data = randomBytes(100);
    expect(hash(data.subarray(10, 20))).toBe(hash(Buffer.from(data.subarray(10, 20))));
  });

  test.each([0, 1, 12, 65_536, 65_537, 200_000])('%d random bytes are given, twice not the same', (bytes) => {
    const random = randomBytes(bytes);
    expect(random.length).toBe(bytes);
    if (bytes >= 12) expect(randomBytes(bytes).equals(random)).toBe(false);
    if (bytes >= 65_536) expect(random.subarray(-12).equals(Buffer.alloc(12))).toBe(false);
  });
});
