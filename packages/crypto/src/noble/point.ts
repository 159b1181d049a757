// Whether bytes are an uncompressed point of P-256, by noble.
import { p256 } from '@noble/curves/nist.js';
import { isUncompressedForm } from '../p256.js';

/** Form, coordinates below p, and the curve's equation. */
export function isPointOfCurve(publicKey: Buffer): boolean {
  return isUncompressedForm(publicKey) && p256.utils.isValidPublicKey(publicKey, false);
}
