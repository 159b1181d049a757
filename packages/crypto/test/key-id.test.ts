// Key ids.
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { keyId, type KeyPurpose } from '@sealwire/crypto';

const key = Buffer.alloc(65, 4);

test('a key id is the first 16 bytes of SHA-256 over length-prefixed purpose, suite and key', () => {
  const written = Buffer.concat([
    Buffer.from('0000000f', 'hex'),
    Buffer.from('message-signing'),
    Buffer.from('000100000041', 'hex'),
    key,
  ]);
  expect(keyId('message-signing', 1, key)).toEqual(
    createHash('sha256').update(written).digest().subarray(0, 16),
  );
});

test('one key has another id for every purpose and suite', () => {
  const purposes: KeyPurpose[] = ['message-signing', 'sealing', 'audit', 'directory', 'tls'];
  const ids = purposes.flatMap((purpose) =>
    [1, 2].map((suite) => keyId(purpose, suite, key).toString('hex')),
  );
  expect(new Set(ids).size).toBe(10);
});
