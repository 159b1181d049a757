// ECDSA P-256 with SHA-256.
import { describe, expect, test } from '@jest/globals';
import { both, flipped } from './both-providers.js';

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

describe.each(both)('$provider', ({ signingKey, verifyKey, generatePrivateKey }) => {
  const message = Buffer.from('a root');
  const signing = signingKey(generatePrivateKey());
  const key = verifyKey(signing.publicKey)!;

  test('a signature is 64 bytes and verifies', () => {
    const signature = signing.sign(message);
    expect(signature.length).toBe(64);
    expect(key.verify(message, signature)).toBe(true);
  });

  test('two signatures of one message differ', () => {
    expect(signing.sign(message)).not.toEqual(signing.sign(message));
  });

  test('both s and n − s are accepted', () => {
    const signature = signing.sign(message);
    const s = BigInt(`0x${signature.toString('hex', 32)}`);
    const other = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
    expect(key.verify(message, Buffer.concat([signature.subarray(0, 32), other]))).toBe(true);
  });

  test('another message, another key or a changed signature is refused', () => {
    const signature = signing.sign(message);
    expect(key.verify(Buffer.from('another root'), signature)).toBe(false);
    expect(verifyKey(signingKey(generatePrivateKey()).publicKey)!.verify(message, signature)).toBe(false);
    for (let bit = 0; bit < 512; bit += 7) expect(key.verify(message, flipped(signature, bit))).toBe(false);
  });

  test.each([0, 1, 63, 65, 72, 128])('a signature of %d bytes is refused, not an error', (bytes) => {
    expect(key.verify(message, Buffer.alloc(bytes, 1))).toBe(false);
  });

  test('64 zero bytes are no signature of anything', () => {
    expect(key.verify(message, Buffer.alloc(64))).toBe(false);
  });

  test('overwriting the public key given does not change the verification key', () => {
    const mine = Buffer.from(signing.publicKey);
    const copy = verifyKey(mine)!;
    mine.fill(0);
    expect(copy.verify(message, signing.sign(message))).toBe(true);
  });
});
