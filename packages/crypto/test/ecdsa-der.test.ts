// Signatures between r‖s and DER: that the node provider judges exactly as Node does when it converts by itself.
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { nodePrimitives } from '@sealwire/crypto';
import { derOf, fromDer } from '../src/node/ecdsa-der.js';

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const scalar = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const edges = [
  ...[0n, 1n, 0x7fn, 0x80n, 0xffn, 0x100n, order - 1n, order, order + 1n],
  ...[(1n << 248n) - 1n, 1n << 247n, (1n << 255n) - 1n, 1n << 255n, (1n << 256n) - 1n],
].map(scalar);
const pairs = edges.flatMap((r) => edges.map((s) => Buffer.concat([r, s])));

describe('a signature', () => {
  test('comes back the same from DER, at every edge of both numbers', () => {
    for (const signature of pairs) expect(fromDer(derOf(signature))).toEqual(signature);
  });

  test('has the shortest DER form, which is the only one', () => {
    expect(derOf(Buffer.alloc(64)).toString('hex')).toBe('3006020100020100');
    expect(derOf(Buffer.concat([scalar(0x7fn), scalar(0x80n)])).toString('hex')).toBe('300702017f02020080');
    expect(derOf(Buffer.alloc(64, 0xff)).length).toBe(72);
  });

  test('is converted as Node itself converts it', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    for (let i = 0; i < 600; i++) {
      const message = randomBytes(97);
      const der = sign('sha256', message, privateKey);
      const rs = fromDer(der);
      expect(derOf(rs)).toEqual(der);
      expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, rs)).toBe(true);
    }
  });

  test('is judged as Node itself judges it, whatever its numbers are', () => {
    const point = nodePrimitives.signingKey(nodePrimitives.generatePrivateKey()).publicKey;
    const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)];
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    const ours = nodePrimitives.verifyKey(point)!;
    const message = Buffer.from('a root');
    for (const signature of pairs)
      expect(ours.verify(message, signature)).toBe(
        verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature),
      );
  });
});

test.each([
  ['nothing', ''],
  ['no sequence', '3106020101020101'],
  ['a sequence of another length', '3007020101020101'],
  ['no integer', '3006030101020101'],
  ['an empty number', '30050200020101'],
  ['a number that ends after the sequence', '3006020101020201'],
  ['a number of 34 bytes', `3027 0222 00${'11'.repeat(33)} 020101`.replaceAll(' ', '')],
  ['bytes behind the numbers', '300702010102010100'],
  ['one number only', '3003020101'],
])('%s is not taken for a signature', (_, hex) => {
  expect(() => fromDer(Buffer.from(hex, 'hex'))).toThrow('not one of P-256');
});
