// A new key that is still in memory, on its way into a store.
import { UsageError } from '@sealwire/core';
import { keyId, type Primitives } from '@sealwire/crypto';
import { keyInMemory, type HeldKey, type HeldPurpose } from './held-key.js';
import type { NewGroupKey } from './managed-key-store.js';
import type { PrivateKey } from './private-key-info.js';

/** @throws UsageError ERR_USAGE_ARGUMENT where it is no scalar */
export function privateKeyOfScalar(scalar: Buffer, primitives: Primitives): PrivateKey {
  return { scalar: Buffer.from(scalar), publicKey: primitives.signingKey(scalar).publicKey };
}

/** Makes a key. `put` stores it for good; the scalar is overwritten once it has, or when the key is discarded. What was
 * stored before it was discarded is the store's to destroy. */
export function newKeyInMemory(
  purpose: HeldPurpose,
  primitives: Primitives,
  put: (key: PrivateKey) => Promise<void>,
): NewGroupKey {
  const generated = primitives.generatePrivateKey();
  const key = privateKeyOfScalar(generated, primitives);
  generated.fill(0);
  let held: HeldKey | null = keyInMemory(purpose, key, primitives);
  let storing: Promise<void> | null = null;
  const forget = (): void => {
    key.scalar.fill(0);
    held?.forget();
    held = null;
  };
  const signer = primitives.signingKey(key.scalar);
  return {
    keyId: keyId(purpose, 1, key.publicKey),
    publicKey: key.publicKey,
    purpose,
    sign(message) {
      if (purpose === 'sealing') return keyInMemory('sealing', key, primitives).sign(message);
      return signer.sign(message);
    },
    shareFor(memberPublicKey, info) {
      const wrapped = held === null ? null : primitives.wrap(memberPublicKey, info, key.scalar);
      if (wrapped !== null) return wrapped;
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        held === null
          ? 'The key is stored or discarded: make its shares before.'
          : 'The member’s key is no point of the curve: give its uncompressed point.',
      );
    },
    store() {
      // Tried again where it failed.
      storing ??= put(key).then(forget, (error: unknown) => {
        storing = null;
        throw error;
      });
      return storing;
    },
    async discard() {
      const stored = storing;
      storing = Promise.reject(
        new UsageError('ERR_USAGE_ARGUMENT', 'This key was discarded: make another one.'),
      );
      storing.catch(() => undefined);
      await stored?.catch(() => undefined);
      forget();
    },
  };
}
