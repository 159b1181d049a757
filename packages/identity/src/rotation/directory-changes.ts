// What differs between two states of a directory: for audit trails, and for people who review a change.
import type { DirectoryEntry, ListedKey } from '../directory/directory-entry.js';
import type { DirectorySet } from '../directory/directory-set.js';

export type DirectoryChange =
  | { readonly kind: 'root'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'issuer-added' | 'issuer-removed';
      readonly issuer: string;
      readonly prefixes: readonly string[];
    }
  | {
      readonly kind: 'document';
      readonly issuer: string;
      readonly from: number | null;
      readonly to: number | null;
    }
  | { readonly kind: 'name-added' | 'name-removed'; readonly name: string; readonly group: boolean }
  | { readonly kind: 'member-added' | 'member-removed'; readonly name: string; readonly member: string }
  | {
      readonly kind: 'key-added' | 'key-removed' | 'key-revoked' | 'key-changed';
      readonly name: string;
      readonly key: ListedKey;
    }
  | { readonly kind: 'share-added'; readonly name: string; readonly key: ListedKey; readonly member: string };

/** In the order of issuers and names. Costs next to nothing for entries that are the same objects. */
export function directoryChanges(from: DirectorySet | null, to: DirectorySet): DirectoryChange[] {
  const changes: DirectoryChange[] = [];
  const serial = from?.root.document.serial ?? 0;
  if (serial !== to.root.document.serial)
    changes.push({ kind: 'root', from: serial, to: to.root.document.serial });
  const before = from?.delegations.issuers ?? new Map<string, never>();
  for (const [issuer, { prefixes }] of to.delegations.issuers)
    if (!before.has(issuer)) changes.push({ kind: 'issuer-added', issuer, prefixes });
  for (const [issuer, { prefixes }] of before)
    if (!to.delegations.issuers.has(issuer)) changes.push({ kind: 'issuer-removed', issuer, prefixes });
  for (const issuer of new Set([...(from?.documents.keys() ?? []), ...to.documents.keys()])) {
    const [old, now] = [from?.documents.get(issuer), to.documents.get(issuer)];
    if (old === now || (old !== undefined && now?.hash.equals(old.hash) === true)) continue;
    changes.push({
      kind: 'document',
      issuer,
      from: old?.header.serial ?? null,
      to: now?.header.serial ?? null,
    });
    entriesChanged(old?.entries ?? [], now?.entries ?? [], changes);
  }
  return changes;
}

function entriesChanged(
  from: readonly DirectoryEntry[],
  to: readonly DirectoryEntry[],
  changes: DirectoryChange[],
): void {
  const before = new Map(from.map((entry) => [entry.name, entry]));
  const after = new Set<string>();
  for (const entry of to) {
    after.add(entry.name);
    const old = before.get(entry.name);
    if (old === entry) continue;
    const { name } = entry;
    if (old === undefined) changes.push({ kind: 'name-added', name, group: entry.members !== null });
    const [was, is] = [old?.members ?? [], entry.members ?? []];
    for (const member of is) if (!was.includes(member)) changes.push({ kind: 'member-added', name, member });
    for (const member of was)
      if (!is.includes(member)) changes.push({ kind: 'member-removed', name, member });
    keysChanged(name, old?.keys ?? [], entry.keys, changes);
  }
  for (const { name, members, keys } of from)
    if (!after.has(name)) {
      changes.push({ kind: 'name-removed', name, group: members !== null });
      keysChanged(name, keys, [], changes);
    }
}

function keysChanged(
  name: string,
  from: readonly ListedKey[],
  to: readonly ListedKey[],
  changes: DirectoryChange[],
): void {
  const find = (keys: readonly ListedKey[], { keyId }: ListedKey) =>
    keys.find((key) => key.keyId.equals(keyId));
  for (const key of to) {
    const old = find(from, key);
    if (old === undefined) {
      changes.push({ kind: 'key-added', name, key });
      if (key.distrustFromMs !== null) changes.push({ kind: 'key-revoked', name, key });
      continue;
    }
    if (key.distrustFromMs !== null && key.distrustFromMs !== old.distrustFromMs)
      changes.push({ kind: 'key-revoked', name, key });
    else if (
      key.notBeforeMs !== old.notBeforeMs ||
      key.notAfterMs !== old.notAfterMs ||
      key.destroyAtMs !== old.destroyAtMs ||
      key.distrustFromMs !== old.distrustFromMs
    )
      changes.push({ kind: 'key-changed', name, key });
    for (const { member } of key.shares)
      if (!old.shares.some((share) => share.member === member))
        changes.push({ kind: 'share-added', name, key, member });
  }
  for (const key of from) if (find(to, key) === undefined) changes.push({ kind: 'key-removed', name, key });
}
