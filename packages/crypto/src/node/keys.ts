// P-256 keys as KeyObjects, from points and scalars.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { privateKeyBytes } from '../lengths.js';
import { isUncompressedForm, requirePrivateScalar } from '../p256.js';

// RFC 5915: ECPrivateKey { 1, privateKey (32 bytes), [0] prime256v1 }; the public key is left out and computed.
const sec1Head = Buffer.from('30310201010420', 'hex');
const sec1Tail = Buffer.from('a00a06082a8648ce3d030107', 'hex');

/** @returns `null` where it is no uncompressed point of the curve; OpenSSL checks the equation. */
export function importPublicKey(publicKey: Buffer): KeyObject | null {
  if (!isUncompressedForm(publicKey)) return null;
  const x = publicKey.toString('base64url', 1, 33);
  const y = publicKey.toString('base64url', 33, 65);
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return null;
  }
}

/** @returns the uncompressed point, 65 bytes. */
export function exportPublicKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(0x04), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

/** A private key and its public point. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: Buffer;
}

/** @throws UsageError ERR_USAGE_ARGUMENT where the scalar is out of range. */
export function importPrivateKey(privateKey: Buffer): KeyPair {
  requirePrivateScalar(privateKey);
  // DER, not JWK: a string holding the scalar could not be overwritten.
  const der = Buffer.concat([sec1Head, privateKey, sec1Tail]);
  try {
    const key = createPrivateKey({ key: der, format: 'der', type: 'sec1' });
    return { privateKey: key, publicKey: exportPublicKey(createPublicKey(key)) };
  } finally {
    der.fill(0, sec1Head.length, sec1Head.length + privateKeyBytes);
  }
}
