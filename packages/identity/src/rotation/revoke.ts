// Revocation: the same keys, distrusted from a time on.
import { UsageError } from '@sealwire/core';
import type { DirectoryEntry, ListedKey } from '../directory/directory-entry.js';
import type { EntryChange } from '../directory/next-directory.js';
import { changedEntry } from './changed-entry.js';

export interface Revocation {
  /** An agent or group, for all its keys that were or are valid past that time; or one key's id, 32 hex digits. */
  readonly which: string;
  /** Messages appended at or after it are refused. */
  readonly distrustFromMs: number;
  readonly reason: string | null;
}

export interface Revoked {
  readonly changes: readonly EntryChange[];
  readonly keys: readonly ListedKey[];
}

/**
 * The changes that revoke. One that is revoked from an earlier time on stays so.
 * @throws UsageError ERR_USAGE_ARGUMENT where no entry has such a name or key
 */
export function revocation(
  entries: readonly DirectoryEntry[],
  { which, distrustFromMs, reason }: Revocation,
): Revoked {
  const isNamed = entries.some(({ name }) => name === which);
  const chosen = (key: ListedKey): boolean =>
    isNamed
      ? key.owner === which && key.notAfterMs > distrustFromMs
      : key.keyId.toString('hex') === which.toLowerCase();
  const keys: ListedKey[] = [];
  const changes: EntryChange[] = [];
  for (const entry of entries) {
    const revoke = entry.keys.filter(chosen).map((key) => ({ key, distrustFromMs, reason }));
    if (revoke.length === 0) continue;
    keys.push(...revoke.map(({ key }) => key));
    changes.push({ entry: changedEntry(entry, { revoke }) });
  }
  if (keys.length === 0)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `${which} is no name and no key id in this issuer's document that could be revoked; see "sealwire keys list".`,
    );
  return { changes, keys };
}
