// Two implementations, one behaviour: each checks the other on arbitrary input.
import { describe, expect, test } from '@jest/globals';
import { noblePrimitives, nodePrimitives } from '@sealwire/crypto';
import fc from 'fast-check';
import { flipped, pairs } from './both-providers.js';

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
const key = bytes(32, 32);
const iv = bytes(12, 12);
const slow = { numRuns: 12 };

/** Told by a hash: a difference of thousands of bytes takes minutes to print while fast-check shrinks. */
function expectSame(a: Buffer | null, b: Buffer): void {
  expect(a === null ? null : { length: a.length, hash: nodePrimitives.hash(a) }).toEqual({
    length: b.length,
    hash: nodePrimitives.hash(b),
  });
}

describe('byte for byte the same', () => {
  test('hash', () => {
    fc.assert(
      fc.property(bytes(0, 2000), (data) => {
        expect(noblePrimitives.hash(data)).toBe(nodePrimitives.hash(data));
      }),
    );
  });

  test('expand', () => {
    fc.assert(
      fc.property(bytes(32, 100), bytes(0, 300), fc.nat({ max: 8160 }), (prk, info, length) => {
        expectSame(noblePrimitives.expand(prk, info, length), nodePrimitives.expand(prk, info, length));
      }),
    );
  });

  test('mac', () => {
    fc.assert(
      fc.property(key, bytes(32, 32), (raw, message) => {
        const text = message.toString('latin1');
        expect(noblePrimitives.macKey(raw).mac(text)).toBe(nodePrimitives.macKey(raw).mac(text));
      }),
    );
  });

  test('seal', () => {
    fc.assert(
      fc.property(key, iv, bytes(0, 200), bytes(0, 2000), (raw, nonce, aad, plaintext) => {
        const sealed = nodePrimitives.aeadKey(raw).seal(nonce, aad, plaintext);
        expectSame(noblePrimitives.aeadKey(raw).seal(nonce, aad, plaintext), sealed);
      }),
    );
  });

  test('public keys', () => {
    fc.assert(
      fc.property(fc.constant(null), () => {
        const scalar = nodePrimitives.generatePrivateKey();
        const point = nodePrimitives.signingKey(scalar).publicKey;
        expect(noblePrimitives.signingKey(scalar).publicKey).toEqual(point);
        expect(noblePrimitives.sealingKey(scalar).publicKey).toEqual(point);
      }),
      slow,
    );
  });

  test('whether 65 arbitrary bytes are a key: neither says so', () => {
    fc.assert(
      fc.property(bytes(64, 64), (coordinates) => {
        const point = Buffer.concat([Buffer.of(0x04), coordinates]);
        expect(nodePrimitives.verifyKey(point)).toBeNull();
        expect(noblePrimitives.verifyKey(point)).toBeNull();
      }),
    );
  });
});

describe.each(pairs)('what $name makes', ({ own, other }) => {
  const scalar = own.generatePrivateKey();
  const signing = own.signingKey(scalar);
  const verifiers = [own, other].map((provider) => provider.verifyKey(signing.publicKey)!);
  const openers = [own, other].map((provider) => provider.sealingKey(scalar));

  test('sealed, the other opens; with any bit changed, neither does', () => {
    fc.assert(
      fc.property(key, iv, bytes(0, 100), bytes(0, 500), fc.nat(), (raw, nonce, aad, plaintext, bit) => {
        const sealed = own.aeadKey(raw).seal(nonce, aad, plaintext);
        expectSame(other.aeadKey(raw).open(nonce, aad, sealed), plaintext);
        for (const provider of [own, other]) {
          const opener = provider.aeadKey(raw);
          expect(opener.open(nonce, aad, flipped(sealed, bit))).toBeNull();
          expect(opener.open(flipped(nonce, bit), aad, sealed)).toBeNull();
          expect(provider.aeadKey(flipped(raw, bit)).open(nonce, aad, sealed)).toBeNull();
          if (aad.length > 0) expect(opener.open(nonce, flipped(aad, bit), sealed)).toBeNull();
        }
      }),
    );
  });

  test('signed, the other verifies; with any bit changed, neither does', () => {
    fc.assert(
      fc.property(bytes(1, 300), fc.nat(), (message, bit) => {
        const signature = signing.sign(message);
        for (const verifier of verifiers) {
          expect(verifier.verify(message, signature)).toBe(true);
          expect(verifier.verify(message, flipped(signature, bit))).toBe(false);
          expect(verifier.verify(flipped(message, bit), signature)).toBe(false);
        }
      }),
      slow,
    );
  });

  test('wrapped, the other unwraps; with any bit changed, neither does', () => {
    fc.assert(
      fc.property(key, bytes(1, 300), fc.nat(), (dataKey, info, bit) => {
        const { encapsulated, wrapped } = own.wrap(signing.publicKey, info, dataKey)!;
        for (const opener of openers) {
          expect(opener.unwrap(encapsulated, wrapped, info)).toEqual(dataKey);
          expect(opener.unwrap(encapsulated, flipped(wrapped, bit), info)).toBeNull();
          expect(opener.unwrap(flipped(encapsulated, bit), wrapped, info)).toBeNull();
          expect(opener.unwrap(encapsulated, wrapped, flipped(info, bit))).toBeNull();
        }
      }),
      slow,
    );
  });
});
