// ECDSA P-256 with SHA-256 and 64-byte r‖s signatures over node:crypto.
import { sign, verify, type SignKeyObjectInput, type VerifyKeyObjectInput } from 'node:crypto';
import { signatureBytes } from '../lengths.js';
import type { SigningKey, VerifyKey } from '../primitives.js';
import { importPrivateKey, importPublicKey } from './keys.js';

/** See `Primitives.signingKey`. */
export function signingKey(privateKey: Buffer): SigningKey {
  const pair = importPrivateKey(privateKey);
  const input: SignKeyObjectInput = { key: pair.privateKey, dsaEncoding: 'ieee-p1363' };
  return { publicKey: pair.publicKey, sign: (message) => sign('sha256', message, input) };
}

/** See `Primitives.verifyKey`. */
export function verifyKey(publicKey: Buffer): VerifyKey | null {
  const key = importPublicKey(publicKey);
  if (key === null) return null;
  const input: VerifyKeyObjectInput = { key, dsaEncoding: 'ieee-p1363' };
  return {
    verify: (message, signature) =>
      signature.length === signatureBytes && verify('sha256', message, input, signature),
  };
}
