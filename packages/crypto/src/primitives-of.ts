// Completes a provider with HPKE, which is written once for all of them.
import { type AgreementKey, hpkeOpen, hpkeSeal, type HpkeParts } from './hpke.js';
import type { Primitives } from './primitives.js';

/** What HPKE needs of a provider. */
export interface KemParts extends HpkeParts {
  /** @throws UsageError ERR_USAGE_ARGUMENT where the scalar is out of range. */
  agreementKey(privateKey: Buffer): AgreementKey;
  /** A new key, for one encapsulation. */
  ephemeralKey(): AgreementKey;
}

/** @returns all operations of a provider, frozen. */
export function primitivesOf(base: Omit<Primitives, 'sealingKey' | 'wrap'>, kem: KemParts): Primitives {
  return Object.freeze<Primitives>({
    ...base,
    sealingKey(privateKey) {
      const key = kem.agreementKey(privateKey);
      return {
        publicKey: key.publicKey,
        unwrap: (encapsulated, wrapped, info) => hpkeOpen(kem, key, encapsulated, info, wrapped),
      };
    },
    wrap: (recipient, info, dataKey) => hpkeSeal(kem, kem.ephemeralKey(), recipient, info, dataKey),
  });
}
