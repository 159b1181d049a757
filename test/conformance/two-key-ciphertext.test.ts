// Why the mac commits a message to its key: bare AES-256-GCM does not.
import { describe, expect, test } from '@jest/globals';
import { providers } from './providers.js';
import { hex, readVectors } from './vector-file.js';

const vector = readVectors('salamander-aes256gcm.json') as Readonly<
  Record<'key1' | 'key2' | 'iv' | 'ct' | 'tag' | 'pt1' | 'pt2', string>
>;

describe.each(providers)('$name', ({ primitives }) => {
  const open = (key: string) =>
    primitives.aeadKey(hex(key)).open(hex(vector.iv), Buffer.alloc(0), hex(vector.ct + vector.tag));

  test('one ciphertext opens to two plaintexts under two keys', () => {
    expect(open(vector.key1)?.toString('hex')).toBe(vector.pt1);
    expect(open(vector.key2)?.toString('hex')).toBe(vector.pt2);
    expect(vector.pt1).not.toBe(vector.pt2);
  });

  test('the macs of that ciphertext under the two keys differ', () => {
    const message = primitives.hash(hex(vector.ct + vector.tag));
    expect(primitives.macKey(hex(vector.key1)).mac(message)).not.toBe(
      primitives.macKey(hex(vector.key2)).mac(message),
    );
  });
});
