// ECDSA P-256 with SHA-256 and 64-byte r‖s signatures over node:crypto.
import { sign, verify } from 'node:crypto';
import { signatureBytes } from '../lengths.js';
import type { SigningKey, VerifyKey } from '../primitives.js';
import { derOf, fromDer } from './ecdsa-der.js';
import { importPrivateKey, importPublicKey } from './keys.js';

/** See `Primitives.signingKey`. */
export function signingKey(privateKey: Buffer): SigningKey {
  const pair = importPrivateKey(privateKey);
  return {
    publicKey: pair.publicKey,
    sign: (message) => fromDer(sign('sha256', message, pair.privateKey)),
  };
}

/** See `Primitives.verifyKey`. */
export function verifyKey(publicKey: Buffer): VerifyKey | null {
  const key = importPublicKey(publicKey);
  if (key === null) return null;
  return {
    verify: (message, signature) =>
      signature.length === signatureBytes && verify('sha256', message, key, derOf(signature)),
  };
}
