// Whether 65 bytes are a point of P-256: asked of every key of a directory, so it has to cost little.
import type { DocumentValue } from '../document-value.js';

// SP 800-186 §3.2.1.3.
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * Whether it is an uncompressed point that fulfils the curve's equation (the curve has no other points to fear: its
 * cofactor is 1). Public data only, so its timing tells nothing; a fifth of what OpenSSL takes to do it through Node.js.
 */
export function isPoint(publicKey: Buffer): boolean {
  if (publicKey.length !== 65 || publicKey[0] !== 4) return false;
  const x = BigInt(`0x${publicKey.toString('hex', 1, 33)}`);
  const y = BigInt(`0x${publicKey.toString('hex', 33)}`);
  return x < p && y < p && (y * y - (x * x - 3n) * x - b) % p === 0n;
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
