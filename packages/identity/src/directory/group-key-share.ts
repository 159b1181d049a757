// A group's private key on its way to a member: sealed to a sealing key of the member's own (SPEC.md §6).
import { KeyError, type KeyStore } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { lengthPrefixed } from './concatenation.js';
import type { GroupKeyShare, ListedKey } from './directory-entry.js';
import { directoryError } from './directory-error.js';

const label = Buffer.from('sealwire/v1/group-key', 'ascii');

/** What a share is bound to: HPKE's info. */
export function groupKeyInfo(
  realm: Buffer,
  groupKey: Pick<ListedKey, 'keyId' | 'owner'>,
  memberKeyId: Buffer,
): Buffer {
  return Buffer.concat([
    label,
    realm,
    groupKey.keyId,
    lengthPrefixed(Buffer.from(groupKey.owner, 'ascii')),
    memberKeyId,
  ]);
}

/**
 * Seals a group's private scalar to a member's key.
 * @param scalar 32 bytes, big-endian; read, not kept
 * @throws KeyError ERR_KEY_DIRECTORY where the member's key outlives the group's
 */
export function shareGroupKey(
  realm: Buffer,
  groupKey: ListedKey,
  memberKey: ListedKey,
  scalar: Buffer,
  primitives: Primitives,
): GroupKeyShare {
  if ((memberKey.destroyAtMs ?? Infinity) > (groupKey.destroyAtMs ?? -Infinity))
    throw directoryError(
      'malformed',
      `the key of ${groupKey.owner}`,
      `would be sealed to a key of ${memberKey.owner} that is destroyed later than it; seal it to an older key of that member, or let the group's key live longer.`,
      { member: memberKey.owner },
    );
  const info = groupKeyInfo(realm, groupKey, memberKey.keyId);
  const sealed = primitives.wrap(memberKey.publicKey, info, scalar);
  if (sealed === null)
    throw directoryError(
      'malformed',
      `the key of ${memberKey.owner}`,
      'is no point of P-256; export it again.',
    );
  return { member: memberKey.owner, memberKeyId: memberKey.keyId, ...sealed };
}

/**
 * Opens the share of a group key that was sealed to a key which this store holds.
 * @returns the private scalar, 32 bytes: fill it with zeros when it is no longer needed; `null` where none is for this store
 * @throws KeyError ERR_KEY_WRAP where it does not open, or is not the listed key's; InabilityError ERR_UNABLE_KEY_STORE
 */
export async function openGroupKey(
  realm: Buffer,
  groupKey: ListedKey,
  store: Pick<KeyStore, 'holds' | 'unwrap'>,
  primitives: Primitives,
): Promise<Buffer | null> {
  for (const { memberKeyId, encapsulated, wrapped } of groupKey.shares) {
    const id = memberKeyId.toString('latin1');
    if (!store.holds(id)) continue;
    const scalar = await store.unwrap(id, encapsulated, wrapped, groupKeyInfo(realm, groupKey, memberKeyId));
    if (isKeyOf(scalar, groupKey, primitives)) return scalar;
    scalar.fill(0);
    throw new KeyError(
      'ERR_KEY_WRAP',
      `The share of a key of ${groupKey.owner} holds another key than the listed one; let its issuer rotate the group's key.`,
    );
  }
  return null;
}

function isKeyOf(scalar: Buffer, { publicKey }: ListedKey, primitives: Primitives): boolean {
  try {
    return primitives.sealingKey(scalar).publicKey.equals(publicKey);
  } catch {
    return false;
  }
}
