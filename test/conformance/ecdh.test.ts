// ECDH on P-256 against Wycheproof: raw points, and JWKs turned into them.
import { expect } from '@jest/globals';
import type { Provider } from './providers.js';
import { conformance, hex, wycheproofRows } from './vector-file.js';

interface PointRow {
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

interface Jwk {
  readonly x: string;
  readonly y: string;
}

interface JwkRow {
  readonly public: Jwk;
  readonly private: Jwk & { readonly d: string };
  readonly shared: string;
}

/** Some rows write the scalar with a leading zero byte, some without its own. */
function scalar(digits: string): Buffer {
  return hex(digits.replace(/^(00)+(?=..)/, '').padStart(64, '0'));
}

function point({ x, y }: Jwk): Buffer {
  return Buffer.concat([Buffer.of(0x04), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

function expectRefused({ agreementKey, primitives }: Provider, privateKey: Buffer, publicKey: Buffer): void {
  expect(agreementKey(privateKey).agree(publicKey)).toBeNull();
  expect(primitives.verifyKey(publicKey)).toBeNull();
  expect(primitives.wrap(publicKey, Buffer.alloc(0), Buffer.alloc(32))).toBeNull();
  const unwrap = primitives.sealingKey(privateKey).unwrap(publicKey, Buffer.alloc(48), Buffer.alloc(0));
  expect(unwrap).toBeNull();
}

const pointFile = 'ecdh_secp256r1_ecpoint_test.json';

conformance(`wycheproof/${pointFile}`, wycheproofRows<object, PointRow>(pointFile), {
  runs: 354,
  listed: 1,
  check(provider, row) {
    const [privateKey, publicKey] = [scalar(row.private), hex(row.public)];
    if (row.result === 'invalid') expectRefused(provider, privateKey, publicKey);
    else expect(provider.agreementKey(privateKey).agree(publicKey)?.toString('hex')).toBe(row.shared);
  },
  refuses(provider, row) {
    expectRefused(provider, scalar(row.private), hex(row.public));
  },
});

const jwkFile = 'ecdh_secp256r1_webcrypto_test.json';

conformance(`wycheproof/${jwkFile}`, wycheproofRows<object, JwkRow>(jwkFile), {
  runs: 353,
  listed: 0,
  check(provider, row) {
    const [privateKey, publicKey] = [Buffer.from(row.private.d, 'base64url'), point(row.public)];
    if (row.result === 'invalid') {
      expectRefused(provider, privateKey, publicKey);
      return;
    }
    const key = provider.agreementKey(privateKey);
    expect(key.publicKey.equals(point(row.private))).toBe(true);
    expect(key.agree(publicKey)?.toString('hex')).toBe(row.shared);
  },
  refuses() {
    throw new Error('no row is listed');
  },
});
