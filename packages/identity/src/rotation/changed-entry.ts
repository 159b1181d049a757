// An entry with keys added, revoked, shared and dropped.
import {
  listedKey,
  type DirectoryEntry,
  type GroupKeyShare,
  type ListedKey,
} from '../directory/directory-entry.js';

export interface EntryEdit {
  readonly add?: readonly ListedKey[];
  readonly revoke?: readonly {
    readonly key: ListedKey;
    readonly distrustFromMs: number;
    readonly reason: string | null;
  }[];
  readonly share?: readonly { readonly key: ListedKey; readonly shares: readonly GroupKeyShare[] }[];
  readonly drop?: readonly ListedKey[];
}

/** A key that is revoked already keeps the earlier time. */
export function changedEntry(entry: DirectoryEntry, edit: EntryEdit): DirectoryEntry {
  const { add = [], revoke = [], share = [], drop = [] } = edit;
  const same = (key: ListedKey) => (one: { readonly key: ListedKey }) => one.key.keyId.equals(key.keyId);
  const kept = entry.keys
    .filter((key) => !drop.some((one) => one.keyId.equals(key.keyId)))
    .map((key) => {
      const revocation = revoke.find(same(key));
      const shared = share.find(same(key));
      if (revocation === undefined && shared === undefined) return key;
      const distrustFromMs =
        revocation === undefined
          ? key.distrustFromMs
          : Math.min(revocation.distrustFromMs, key.distrustFromMs ?? Infinity);
      return listedKey(entry.name, {
        ...key,
        distrustFromMs,
        reason: revocation?.reason ?? key.reason,
        shares: [
          ...key.shares.filter(({ member }) => shared?.shares.some((one) => one.member === member) !== true),
          ...(shared?.shares ?? []),
        ],
      });
    });
  return { ...entry, keys: [...kept, ...add] };
}
