// Whether 65 bytes are a point of P-256, at a seventh of the cost of importing the key.
import { ECDH } from 'node:crypto';
import type { DocumentValue } from '../document-value.js';

/** @returns false for compressed and hybrid forms too */
export function isPoint(publicKey: Buffer): boolean {
  if (publicKey.length !== 65 || publicKey[0] !== 4) return false;
  try {
    // OpenSSL checks the curve's equation when it reads a point.
    ECDH.convertKey(publicKey, 'prime256v1', undefined, undefined, 'compressed');
    return true;
  } catch {
    return false;
  }
}

/** Reads a point of a document. */
export function pointOf(value: DocumentValue): Buffer {
  const point = value.bytes('base64url', 65);
  return isPoint(point) ? point : value.fail('is no point of P-256; export the public key again.');
}

/** The same for a key and for its negative, which is as good as the same key. */
export function pointName(publicKey: Buffer): string {
  return publicKey.toString('latin1', 1, 33);
}
