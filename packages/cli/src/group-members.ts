// What the commands on agents and groups share: members that leave, and keys for groups that changed.
import { UsageError } from '@sealwire/core';
import { changedEntry, newestLive, type DirectoryEntry } from '@sealwire/identity';
import { rotateNames } from './keys-rotate.js';
import type { issuerSigner, IssuerOptions, Realm } from './operator.js';

/** Whoever left knows the keys: nobody seals to them any more. */
export function withoutMember(group: DirectoryEntry, member: string): DirectoryEntry {
  const nowMs = Date.now();
  const revoke = group.keys
    .filter((key) => key.distrustFromMs === null && nowMs < key.notAfterMs)
    .map((key) => ({ key, distrustFromMs: nowMs, reason: 'a member left' }));
  return {
    ...changedEntry(group, { revoke }),
    members: group.members!.filter((name) => name !== member),
  };
}

/** Gives groups their keys where a member's keys are here. @returns what is left to do, in words */
export async function rotatedGroups(
  realm: Realm,
  issuer: ReturnType<typeof issuerSigner>,
  groups: readonly { readonly name: string }[],
  options: IssuerOptions,
): Promise<string> {
  if (groups.length === 0) return '';
  const names = groups.map(({ name }) => name);
  const given = options.valid === undefined ? {} : { valid: options.valid };
  // A key that was handed out by hand is not in the directory: who came can only be given another.
  const byHand = names.filter((name) => {
    const newest = newestLive(realm.directory.sealingKeys(name), Date.now());
    return newest?.shares.length === 0;
  });
  try {
    if (byHand.length > 0) await rotateNames(realm, issuer, byHand, { ...given, force: true });
    await rotateNames(realm, issuer, names, given);
    return 'Its keys are in place.';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return `Next, where a member's keys are: sealwire keys rotate ${names.join(' ')} (a process that rotates by itself does it now).`;
  }
}

export function groupOf(entries: readonly DirectoryEntry[], name: string): DirectoryEntry {
  const found = entries.find((entry) => entry.name === name && entry.members !== null);
  if (found === undefined)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `${name} is no group of this issuer's document; see "sealwire directory show".`,
    );
  return found;
}

export function requireAgents({ directory }: Realm, names: readonly string[]): void {
  const missing = names.filter((name) => !directory.isAgent(name));
  if (missing.length > 0)
    throw new UsageError('ERR_USAGE_ARGUMENT', `${missing.join(', ')}: no such agent; add it first.`);
}
