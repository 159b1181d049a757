// What a directory says, for people and as data.
import { isUsable, type OpenDirectory } from '@sealwire/identity';
import type { PublicKey } from '@sealwire/core';

export interface ListedKey {
  readonly keyId: string;
  readonly purpose: 'message-signing' | 'sealing';
  readonly status: 'valid' | 'not yet valid' | 'expired' | 'revoked';
  readonly notBefore: string;
  readonly notAfter: string;
  readonly distrustFrom: string | null;
}

export interface DirectoryListing {
  readonly realm: string;
  /** Of the root document. */
  readonly rootSerial: number;
  readonly issuers: readonly {
    readonly issuer: string;
    readonly prefixes: readonly string[];
    /** Of its newest document; `null` where it has none. */
    readonly serial: number | null;
    readonly issuedAt: string | null;
    readonly expiresAt: string | null;
  }[];
  /** The earliest of root, delegations and documents. */
  readonly expiresAt: string;
  readonly expired: boolean;
  readonly agents: readonly { readonly name: string; readonly keys: readonly ListedKey[] }[];
  readonly groups: readonly {
    readonly name: string;
    readonly members: readonly string[];
    readonly keys: readonly ListedKey[];
  }[];
}

export function listDirectory(directory: OpenDirectory, nowMs: number): DirectoryListing {
  const keysOf = (name: string): ListedKey[] => [
    ...directory.signingKeys(name).map((key) => listed(key, 'message-signing', nowMs)),
    ...directory.sealingKeys(name).map((key) => listed(key, 'sealing', nowMs)),
  ];
  return {
    realm: directory.realm.toString('hex'),
    rootSerial: directory.set.root.document.serial,
    issuers: [...directory.set.delegations.issuers.values()].map(({ id, prefixes }) => {
      const header = directory.set.documents.get(id)?.header ?? null;
      return {
        issuer: id,
        prefixes,
        serial: header?.serial ?? null,
        issuedAt: header === null ? null : iso(header.issuedAtMs),
        expiresAt: header === null ? null : iso(header.expiresAtMs),
      };
    }),
    expiresAt: iso(directory.expiresAtMs),
    expired: nowMs >= directory.expiresAtMs,
    agents: directory.agents.map((name) => ({ name, keys: keysOf(name) })),
    groups: directory.groups.map((name) => ({ name, members: directory.members(name), keys: keysOf(name) })),
  };
}

export function listingLines(listing: DirectoryListing): string[] {
  const keyLine = ({ keyId, purpose, status, notAfter }: ListedKey): string =>
    `    ${keyId}  ${purpose.padEnd(15)}  ${status}, until ${notAfter}`;
  return [
    `Realm ${listing.realm}, root document ${listing.rootSerial}, ${listing.expired ? 'EXPIRED' : 'expires'} ${listing.expiresAt}`,
    'Issuers',
    ...listing.issuers.map(
      ({ issuer, prefixes, serial }) =>
        `  ${issuer}: ${prefixes.map((prefix) => (prefix === '' ? 'all names' : prefix)).join(', ')}; ${serial === null ? 'no document' : `document ${serial}`}`,
    ),
    'Agents',
    ...listing.agents.flatMap(({ name, keys }) => [`  ${name}`, ...keys.map(keyLine)]),
    'Groups',
    ...listing.groups.flatMap(({ name, members, keys }) => [
      `  ${name}: ${members.join(', ')}`,
      ...keys.map(keyLine),
    ]),
  ];
}

function listed(key: PublicKey, purpose: ListedKey['purpose'], nowMs: number): ListedKey {
  return {
    keyId: key.keyId.toString('hex'),
    purpose,
    status: statusOf(key, nowMs),
    notBefore: iso(key.notBeforeMs),
    notAfter: iso(key.notAfterMs),
    distrustFrom: key.distrustFromMs === null ? null : iso(key.distrustFromMs),
  };
}

function statusOf(key: PublicKey, nowMs: number): ListedKey['status'] {
  if (isUsable(key, nowMs)) return 'valid';
  if (key.distrustFromMs !== null && nowMs >= key.distrustFromMs) return 'revoked';
  return nowMs < key.notBeforeMs ? 'not yet valid' : 'expired';
}

const iso = (ms: number): string => new Date(ms).toISOString();
