// A private key of a store's, wherever it is: the operations that it gives, and how it is forgotten.
import { KeyError, UsageError } from '@sealwire/core';
import { keyId, type Primitives } from '@sealwire/crypto';
import type { PrivateKey } from './private-key-info.js';

export type HeldPurpose = 'message-signing' | 'sealing';

export interface HeldKey {
  readonly purpose: HeldPurpose;
  /** 16 bytes. */
  readonly keyId: Buffer;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  /** Signing keys only. */
  sign(message: Buffer): Buffer | Promise<Buffer>;
  /** Sealing keys only. @throws KeyError ERR_KEY_WRAP */
  unwrap(encapsulated: Buffer, wrapped: Buffer, info: Buffer): Buffer | Promise<Buffer>;
  /** Overwrites what memory holds of it, as far as that can be done. */
  forget(): void;
}

/** A key held in memory. The scalar is read, not kept. */
export function keyInMemory(
  purpose: HeldPurpose,
  { scalar, publicKey }: PrivateKey,
  primitives: Primitives,
): HeldKey {
  const id = keyId(purpose, 1, publicKey);
  if (purpose === 'message-signing') {
    const key = primitives.signingKey(scalar);
    return {
      purpose,
      keyId: id,
      publicKey,
      sign: (message) => key.sign(message),
      unwrap: notForThis,
      forget,
    };
  }
  const key = primitives.sealingKey(scalar);
  return {
    purpose,
    keyId: id,
    publicKey,
    sign: notForThis,
    unwrap: (encapsulated, wrapped, info) => opened(key.unwrap(encapsulated, wrapped, info)),
    forget: () => {
      key.destroy();
    },
  };
}

/** @throws KeyError ERR_KEY_WRAP where nothing was opened */
export function opened(dataKey: Buffer | null): Buffer {
  if (dataKey !== null) return dataKey;
  throw new KeyError(
    'ERR_KEY_WRAP',
    'The wrapped data key does not open: it was altered, or made for something else.',
  );
}

/** One key, one purpose. */
export function notForThis(): never {
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    'Signing keys sign and sealing keys unwrap: use a key of the other purpose.',
  );
}

/** Who drops a signing key leaves it to the garbage collector: nothing that it signed is secret. */
function forget(): void {
  return;
}
