// ECDSA P-256 with SHA-256 and 64-byte r‖s signatures over noble.
import { p256 } from '@noble/curves/nist.js';
import { signatureBytes } from '../lengths.js';
import { requirePrivateScalar } from '../p256.js';
import type { SigningKey, VerifyKey } from '../primitives.js';
import { asBuffer } from './as-buffer.js';
import { isPointOfCurve } from './point.js';

// noble's default refuses high s, hence half of what OpenSSL signs; FIPS 186-5 accepts both.
const verifyOptions = { lowS: false, prehash: true, format: 'compact' } as const;
// Hedged (RFC 6979 with added randomness): purely deterministic signing is open to fault attacks.
const signOptions = { ...verifyOptions, extraEntropy: true } as const;

/** See `Primitives.signingKey`. */
export function signingKey(privateKey: Buffer): SigningKey {
  requirePrivateScalar(privateKey);
  const own = Buffer.from(privateKey);
  return {
    publicKey: asBuffer(p256.getPublicKey(own, false)),
    sign: (message) => asBuffer(p256.sign(message, own, signOptions)),
  };
}

/** See `Primitives.verifyKey`. */
export function verifyKey(publicKey: Buffer): VerifyKey | null {
  if (!isPointOfCurve(publicKey)) return null;
  const own = Buffer.from(publicKey);
  return {
    verify: (message, signature) =>
      signature.length === signatureBytes && p256.verify(signature, message, own, verifyOptions),
  };
}
