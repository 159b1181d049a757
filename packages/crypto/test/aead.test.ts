// AES-256-GCM: what is promised beyond the vectors.
import { describe, expect, test } from '@jest/globals';
import { argumentError, both, flipped } from './both-providers.js';

const iv = Buffer.alloc(12, 7);
const aad = Buffer.from('context');
const none = Buffer.alloc(0);

describe.each(both)('$provider', ({ aeadKey, randomBytes }) => {
  const raw = randomBytes(32);
  const key = aeadKey(raw);

  test.each([0, 1, 15, 16, 17, 1024, 100_000])('%d bytes come back, 16 bytes longer on the way', (bytes) => {
    const plaintext = randomBytes(bytes);
    const sealed = key.seal(iv, aad, plaintext);
    expect(sealed.length).toBe(bytes + 16);
    expect(key.open(iv, aad, sealed)).toEqual(plaintext);
  });

  test('any changed bit of ciphertext, tag, IV or AAD is refused', () => {
    const sealed = key.seal(iv, aad, Buffer.from('hello'));
    for (let bit = 0; bit < sealed.length * 8; bit++)
      expect(key.open(iv, aad, flipped(sealed, bit))).toBeNull();
    for (let bit = 0; bit < iv.length * 8; bit++) expect(key.open(flipped(iv, bit), aad, sealed)).toBeNull();
    for (let bit = 0; bit < aad.length * 8; bit++) expect(key.open(iv, flipped(aad, bit), sealed)).toBeNull();
    expect(key.open(iv, none, sealed)).toBeNull();
  });

  test('a truncated tag is refused, whatever its length', () => {
    const sealed = key.seal(iv, aad, none);
    for (let bytes = 0; bytes < 16; bytes++) expect(key.open(iv, aad, sealed.subarray(0, bytes))).toBeNull();
    expect(key.open(iv, aad, sealed)).toEqual(none);
  });

  test('another key opens nothing', () => {
    expect(aeadKey(randomBytes(32)).open(iv, aad, key.seal(iv, aad, Buffer.from('hello')))).toBeNull();
  });

  test('the key is copied: overwriting the argument changes nothing', () => {
    const mine = Buffer.from(raw);
    const copy = aeadKey(mine);
    mine.fill(0);
    expect(copy.seal(iv, aad, none)).toEqual(key.seal(iv, aad, none));
  });

  test('a plaintext is not changed by sealing it, nor a sealed one by opening or refusing it', () => {
    const plaintext = Buffer.from('hello');
    const sealed = key.seal(iv, aad, plaintext);
    expect(plaintext.toString()).toBe('hello');
    const before = Buffer.from(sealed);
    key.open(iv, aad, sealed);
    key.open(iv, none, sealed);
    expect(sealed).toEqual(before);
  });

  test.each([0, 16, 31, 33])('a key of %d bytes is refused', (bytes) => {
    expect(() => aeadKey(Buffer.alloc(bytes))).toThrow(argumentError);
  });

  test.each([0, 8, 11, 13, 16])('an IV of %d bytes is refused by both directions', (bytes) => {
    expect(() => key.seal(Buffer.alloc(bytes), aad, none)).toThrow(argumentError);
    expect(() => key.open(Buffer.alloc(bytes), aad, Buffer.alloc(16))).toThrow(argumentError);
  });
});
