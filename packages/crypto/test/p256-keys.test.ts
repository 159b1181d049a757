// Which forms of keys enter, and which do not.
import { createECDH, createPublicKey, ECDH } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { argumentError, both } from './both-providers.js';

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const uncompressed = Buffer.of(0x04);

const ecdh = createECDH('prime256v1');
ecdh.setPrivateKey(bytesOf(12_345n));
const point = ecdh.getPublicKey();
const [x, y] = [point.subarray(1, 33), point.subarray(33)];
const as = (form: 'compressed' | 'hybrid') =>
  ECDH.convertKey(point, 'prime256v1', undefined, undefined, form) as Buffer;
const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') };
const spki = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' });

// A point of the curve whose x is 5, hence p + 5 would be another writing of it.
const yOfFive = 0x459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbccn;

const refused: readonly [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['the point at infinity', Buffer.of(0x00)],
  ['65 zero bytes', Buffer.alloc(65)],
  ['the coordinates (0, 0)', Buffer.concat([uncompressed, Buffer.alloc(64)])],
  ['a point beside the curve', Buffer.concat([point.subarray(0, 64), Buffer.of(point[64]! ^ 1)])],
  ['an x that is not below p', Buffer.concat([uncompressed, bytesOf(prime + 5n), bytesOf(yOfFive)])],
  ['the compressed form', as('compressed')],
  ['the hybrid form', as('hybrid')],
  ['an unknown form', Buffer.concat([Buffer.of(0x05), x, y])],
  ['coordinates without a form', Buffer.concat([x, y])],
  ['one byte more', Buffer.concat([point, Buffer.of(0)])],
  ['one byte less', point.subarray(0, 64)],
  ['SPKI', spki],
];

describe.each(both)('$provider', (primitives) => {
  const { verifyKey, signingKey, sealingKey, wrap, generatePrivateKey } = primitives;
  const info = Buffer.from('info');

  test('an uncompressed point is taken, also one with a small x', () => {
    expect(verifyKey(point)).not.toBeNull();
    expect(verifyKey(Buffer.concat([uncompressed, bytesOf(5n), bytesOf(yOfFive)]))).not.toBeNull();
    expect(wrap(point, info, Buffer.alloc(32))).not.toBeNull();
  });

  test.each(refused)('%s is refused as verification, recipient and encapsulated key', (_, bytes) => {
    expect(verifyKey(bytes)).toBeNull();
    expect(wrap(bytes, info, Buffer.alloc(32))).toBeNull();
    expect(sealingKey(bytesOf(1n)).unwrap(bytes, Buffer.alloc(48), info)).toBeNull();
  });

  test.each([1n, 2n, 12_345n, order - 1n])('the scalar %d is taken and gives its point', (scalar) => {
    const expected = createECDH('prime256v1');
    expected.setPrivateKey(bytesOf(scalar));
    expect(signingKey(bytesOf(scalar)).publicKey).toEqual(expected.getPublicKey());
    expect(sealingKey(bytesOf(scalar)).publicKey).toEqual(expected.getPublicKey());
  });

  test.each([0n, order, order + 1n, 2n ** 256n - 1n])('the scalar %d is out of range', (scalar) => {
    expect(() => signingKey(bytesOf(scalar))).toThrow(argumentError);
    expect(() => sealingKey(bytesOf(scalar))).toThrow(argumentError);
  });

  test.each([0, 1, 31, 33])('a private key of %d bytes is refused', (bytes) => {
    expect(() => signingKey(Buffer.alloc(bytes, 1))).toThrow(argumentError);
    expect(() => sealingKey(Buffer.alloc(bytes, 1))).toThrow(argumentError);
  });

  test('overwriting the private key given does not change the keys made of it', () => {
    const scalar = bytesOf(12_345n);
    const [signing, sealing] = [signingKey(scalar), sealingKey(scalar)];
    scalar.fill(0);
    expect(verifyKey(point)?.verify(info, signing.sign(info))).toBe(true);
    const { encapsulated, wrapped } = wrap(point, info, Buffer.alloc(32, 3))!;
    expect(sealing.unwrap(encapsulated, wrapped, info)).toEqual(Buffer.alloc(32, 3));
  });

  test('a refused private key is not told in the error', () => {
    const secret = bytesOf(order + 0x1234_5678n);
    const error = (() => {
      try {
        return signingKey(secret);
      } catch (cause) {
        return cause;
      }
    })();
    expect(JSON.stringify([error, String(error)])).not.toContain(secret.toString('hex').slice(-8));
  });

  test('generated private keys are always 32 bytes, in range, and differ', () => {
    const keys = Array.from({ length: 8000 }, generatePrivateKey);
    expect(keys.every((key) => key.length === 32)).toBe(true);
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(keys.length);
    // Node's ECDH drops leading zero bytes; that none of 8,000 begins with one has a chance of 3 in 10¹⁴.
    expect(keys.some((key) => key[0] === 0)).toBe(true);
    for (const key of keys.slice(0, 5)) expect(signingKey(key).publicKey.length).toBe(65);
  });
});
