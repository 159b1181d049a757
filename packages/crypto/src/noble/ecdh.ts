// ECDH on P-256 over noble.
import { p256 } from '@noble/curves/nist.js';
import type { AgreementKey } from '../hpke.js';
import { hashBytes } from '../lengths.js';
import { requirePrivateScalar } from '../p256.js';
import { asBuffer } from './as-buffer.js';
import { isPointOfCurve } from './point.js';

/** @throws UsageError ERR_USAGE_ARGUMENT where the scalar is out of range. */
export function agreementKey(privateKey: Buffer): AgreementKey {
  requirePrivateScalar(privateKey);
  const own = Buffer.from(privateKey);
  let destroyed = false;
  return {
    publicKey: asBuffer(p256.getPublicKey(own, false)),
    destroy() {
      destroyed = true;
      own.fill(0);
    },
    agree(peer) {
      if (destroyed || !isPointOfCurve(peer)) return null;
      // 0x04 ‖ x ‖ y of the shared point; x is the secret.
      return asBuffer(p256.getSharedSecret(own, peer, false).subarray(1, 1 + hashBytes));
    },
  };
}

/** See `Primitives.generatePrivateKey`. */
export function generatePrivateKey(): Buffer {
  return asBuffer(p256.utils.randomSecretKey());
}

/** A new key for one encapsulation. */
export function ephemeralKey(): AgreementKey {
  return agreementKey(generatePrivateKey());
}
