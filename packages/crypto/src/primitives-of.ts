// Completes a provider with HPKE, which is written once for all of them.
import { type AgreementKey, hpkeOpen, hpkeOpenAgreed, hpkeSeal, type HpkeParts } from './hpke.js';
import { requireLength, agreedBytes } from './lengths.js';
import type { Primitives } from './primitives.js';

/** What HPKE needs of a provider. */
export interface KemParts extends HpkeParts {
  /** @throws UsageError ERR_USAGE_ARGUMENT where the scalar is out of range. */
  agreementKey(privateKey: Buffer): AgreementKey;
  /** A new key, for one encapsulation. */
  ephemeralKey(): AgreementKey;
}

/** @returns all operations of a provider, frozen. */
export function primitivesOf(
  base: Omit<Primitives, 'sealingKey' | 'wrap' | 'isPoint' | 'unwrapAgreed'>,
  kem: KemParts,
): Primitives {
  return Object.freeze<Primitives>({
    ...base,
    sealingKey(privateKey) {
      const key = kem.agreementKey(privateKey);
      return {
        publicKey: key.publicKey,
        unwrap: (encapsulated, wrapped, info) => hpkeOpen(kem, key, encapsulated, info, wrapped),
        destroy: () => {
          key.destroy();
        },
      };
    },
    wrap: (recipient, info, dataKey) => hpkeSeal(kem, kem.ephemeralKey(), recipient, info, dataKey),
    // A provider takes nothing as a key that is no point.
    isPoint: (publicKey) => base.verifyKey(publicKey) !== null,
    unwrapAgreed({ secret, recipient, encapsulated, wrapped, info }) {
      requireLength('secret', secret, agreedBytes);
      return hpkeOpenAgreed(kem, secret, recipient, encapsulated, info, wrapped);
    },
  });
}
