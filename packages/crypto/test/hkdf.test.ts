// HKDF-Expand: limits, long keys and infos.
import { hkdfSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { expand as nobleExpand, extract as nobleExtract } from '../src/noble/hash.js';
import { expand as nodeExpand, extract as nodeExtract } from '../src/node/hkdf.js';
import { argumentError, both } from './both-providers.js';

const providers = [
  { provider: 'node', expand: nodeExpand, extract: nodeExtract },
  { provider: 'noble', expand: nobleExpand, extract: nobleExtract },
];

describe.each(providers)('$provider', ({ expand, extract }) => {
  test.each([1, 12, 31, 32, 33, 64, 65, 96, 255 * 32])('%d bytes are those of OpenSSL’s HKDF', (bytes) => {
    const [key, salt, info] = [Buffer.alloc(32, 1), Buffer.alloc(20, 2), Buffer.alloc(29, 3)];
    const expected = Buffer.from(hkdfSync('sha256', key, salt, info, bytes));
    expect(expand(extract(salt, key), info, bytes).equals(expected)).toBe(true);
  });

  test('no bytes are no bytes', () => {
    expect(expand(Buffer.alloc(32), Buffer.alloc(0), 0).length).toBe(0);
  });

  test('an info of 1,000 bytes and one of none are taken', () => {
    const prk = extract(Buffer.alloc(0), Buffer.alloc(32, 1));
    for (const info of [Buffer.alloc(1000, 5), Buffer.alloc(0)]) {
      const expected = Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 1), '', info, 64));
      expect(expand(prk, info, 64)).toEqual(expected);
    }
  });

  test('what is derived does not depend on what was derived before', () => {
    const derive = () => expand(Buffer.alloc(32, 1), Buffer.from('label'), 64);
    const first = derive();
    expand(Buffer.alloc(32, 2), Buffer.from('another label'), 96);
    expect(derive()).toEqual(first);
  });
});

describe.each(both)('$provider', ({ expand }) => {
  test('a key longer than a block is hashed first, as HMAC demands', () => {
    const long = Buffer.alloc(65, 9);
    const info = Buffer.from('info');
    expect(expand(long, info, 32)).toEqual(
      both[0].expand(Buffer.from(both[0].hash(long), 'latin1'), info, 32),
    );
  });

  test.each([-1, 1.5, Number.NaN, 255 * 32 + 1])('%d bytes are refused', (bytes) => {
    expect(() => expand(Buffer.alloc(32), Buffer.alloc(0), bytes)).toThrow(argumentError);
  });
});
