// Proof that who asks to be listed with a key holds its private half (SPEC.md §5).
import { lengthPrefixed, u16 } from './concatenation.js';
import type { ListedKey } from './directory-entry.js';
import type { Primitives } from '@sealwire/crypto';

const labels = {
  'message-signing': 'sealwire/v1/possession',
  sealing: 'sealwire/v1/sealing-key',
} as const;

/**
 * The bytes to sign so that a key may enter a directory: for a signing key with the key itself, for a sealing key of
 * an agent with one of the agent's listed signing keys.
 * @param realm 16 bytes
 */
export function possessionBytes(
  realm: Buffer,
  { owner, purpose, publicKey }: Pick<ListedKey, 'owner' | 'purpose' | 'publicKey'>,
): Buffer {
  return Buffer.concat([
    Buffer.from(labels[purpose], 'ascii'),
    realm,
    lengthPrefixed(Buffer.from(purpose, 'ascii')),
    u16(1),
    lengthPrefixed(Buffer.from(owner, 'ascii')),
    publicKey,
  ]);
}

/** Whether a listed signing key proves that its owner holds it. */
export function provesPossession(realm: Buffer, key: ListedKey, primitives: Primitives): boolean {
  if (key.purpose !== 'message-signing' || key.possession === null) return false;
  return primitives.verifyKey(key.publicKey)?.verify(possessionBytes(realm, key), key.possession) ?? false;
}
