// PrivateKeyInfo (RFC 5958) of a P-256 key: what is inside an encrypted key file.
import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto';

/** A private key that was read. Fill `scalar` with zeros when it is no longer needed. */
export interface PrivateKey {
  /** 32 bytes, big-endian. */
  readonly scalar: Buffer;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
}

// Version 0, id-ecPublicKey with prime256v1, ECPrivateKey { 1, scalar, [1] public key }: only two fields vary.
const head = Buffer.from('308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420', 'hex');
const middle = Buffer.from('a144034200', 'hex');

/** Fill it with zeros when it is no longer needed. */
export function privateKeyInfo({ scalar, publicKey }: PrivateKey): Buffer {
  return Buffer.concat([head, scalar, middle, publicKey]);
}

/** @returns `null` where it is no P-256 key. @throws whatever OpenSSL throws where it is no PrivateKeyInfo. */
export function parsePrivateKeyInfo(info: Buffer): PrivateKey | null {
  return privateKeyOf(createPrivateKey({ key: info, format: 'der', type: 'pkcs8' }));
}

/** @returns `null` where it is no P-256 key. */
export function privateKeyOf(key: KeyObject): PrivateKey | null {
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return null;
  // DER, not JWK: a string that holds the scalar could not be overwritten. SEC 1 has it at a fixed place.
  const sec1 = key.export({ format: 'der', type: 'sec1' });
  const scalar = Buffer.from(sec1.subarray(7, 39));
  sec1.fill(0);
  const ecdh = createECDH('prime256v1');
  // Computed, not read: CBC does not protect the public half from being altered.
  ecdh.setPrivateKey(scalar);
  return { scalar, publicKey: ecdh.getPublicKey() };
}
