// One line of a directory: an agent or a group, and its keys (SPEC.md §3).
import type { PublicKey } from '@sealwire/core';
import { keyId } from '@sealwire/crypto';
import type { DocumentValue } from '../document-value.js';
import { payloadValue } from './payload-json.js';
import { pointOf } from './public-point.js';
import type { ListedPurpose } from './root-document.js';

/** A group's private key, sealed to one member's sealing key. */
export interface GroupKeyShare {
  readonly member: string;
  /** 16 bytes. */
  readonly memberKeyId: Buffer;
  /** 65 bytes. */
  readonly encapsulated: Buffer;
  /** 48 bytes. */
  readonly wrapped: Buffer;
}

/** A key as it is listed: what look-ups answer, and what a document says. */
export interface ListedKey extends PublicKey {
  readonly purpose: ListedPurpose;
  /** When the private half is destroyed; `null` for signing keys. */
  readonly destroyAtMs: number | null;
  /** Why it is revoked, where it is and somebody said so. */
  readonly reason: string | null;
  /** 64 bytes; `null` for sealing keys. */
  readonly possession: Buffer | null;
  /** Empty for agents' keys. */
  readonly shares: readonly GroupKeyShare[];
}

/** An agent, or a group where `members` is not `null`. */
export interface DirectoryEntry {
  readonly name: string;
  readonly members: readonly string[] | null;
  readonly keys: readonly ListedKey[];
}

/** What `listedKey` completes. */
export type KeyFacts = Pick<ListedKey, 'purpose' | 'publicKey' | 'notBeforeMs' | 'notAfterMs'> &
  Partial<Pick<ListedKey, 'destroyAtMs' | 'possession' | 'distrustFromMs' | 'reason' | 'shares'>>;

const maxKeys = 64;
const maxMembers = 10_000;
const maxReason = 200;
const noShares: readonly GroupKeyShare[] = Object.freeze([]);

/** A key for an entry: its id is computed, and what is not said has its default. */
export function listedKey(owner: string, facts: KeyFacts): ListedKey {
  return {
    // A copy into a shared pool: a digest’s own memory is several times its length.
    keyId: Buffer.from(keyId(facts.purpose, 1, facts.publicKey)),
    publicKey: facts.publicKey,
    owner,
    notBeforeMs: facts.notBeforeMs,
    notAfterMs: facts.notAfterMs,
    distrustFromMs: facts.distrustFromMs ?? null,
    purpose: facts.purpose,
    destroyAtMs: facts.destroyAtMs ?? null,
    reason: facts.reason ?? null,
    possession: facts.possession ?? null,
    shares: facts.shares ?? noShares,
  };
}

export function entryJson({ name, members, keys }: DirectoryEntry): string {
  const listed = keys.map(keyJson);
  return JSON.stringify(members === null ? { name, keys: listed } : { name, members, keys: listed });
}

/** @throws KeyError ERR_KEY_DIRECTORY with the place of the first thing that is not of the format */
export function parseEntry(where: string, text: string): DirectoryEntry {
  const fields = payloadValue(where, text).object(['name', 'keys'], ['members']);
  const name = fields.name.name();
  const members = fields.members?.list(maxMembers).map((member) => member.name()) ?? null;
  if (members !== null && new Set(members).size < members.length)
    fields.members!.fail('names a member twice; remove one.');
  return { name, members, keys: fields.keys.list(maxKeys).map((key) => keyOf(name, members !== null, key)) };
}

function keyOf(owner: string, ofGroup: boolean, value: DocumentValue): ListedKey {
  const fields = value.object(
    ['purpose', 'suite', 'publicKey', 'notBefore', 'notAfter'],
    ['destroyAt', 'revoked', 'possession', 'shares'],
  );
  const purpose = fields.purpose.text(40);
  if (purpose !== 'message-signing' && purpose !== 'sealing')
    return fields.purpose.fail('must be "message-signing" or "sealing".');
  const seals = purpose === 'sealing';
  if (ofGroup && !seals) fields.purpose.fail('must be "sealing": a group signs nothing.');
  if ((fields.destroyAt !== undefined) !== seals)
    value.fail('must have destroyAt if it is a sealing key, and only then.');
  if ((fields.possession !== undefined) === seals)
    value.fail('must have possession if it is a signing key, and only then.');
  if (fields.shares !== undefined && !ofGroup) fields.shares.fail('is for keys of groups.');
  fields.suite.integer(1, 1);
  const revoked = fields.revoked?.object(['distrustFrom'], ['reason']);
  const key = listedKey(owner, {
    purpose,
    publicKey: pointOf(fields.publicKey),
    notBeforeMs: fields.notBefore.time(),
    notAfterMs: fields.notAfter.time(),
    destroyAtMs: fields.destroyAt?.time() ?? null,
    distrustFromMs: revoked?.distrustFrom.time() ?? null,
    reason: revoked?.reason === undefined ? null : reasonOf(revoked.reason),
    possession: fields.possession?.bytes('base64url', 64) ?? null,
    shares: fields.shares?.list(maxMembers).map(shareOf) ?? noShares,
  });
  if (key.notBeforeMs >= key.notAfterMs) fields.notAfter.fail('must be later than notBefore.');
  if (key.destroyAtMs !== null && key.destroyAtMs < key.notAfterMs)
    fields.destroyAt!.fail('must not be before notAfter.');
  return key;
}

function shareOf(value: DocumentValue): GroupKeyShare {
  const fields = value.object(['member', 'memberKeyId', 'encapsulated', 'wrapped']);
  return {
    member: fields.member.name(),
    memberKeyId: fields.memberKeyId.bytes('hex', 16),
    encapsulated: fields.encapsulated.bytes('base64url', 65),
    wrapped: fields.wrapped.bytes('base64url', 48),
  };
}

function reasonOf(value: DocumentValue): string {
  const text = value.text(maxReason);
  return /^[\x20-\x7e]*$/.test(text) ? text : value.fail('must be printable ASCII.');
}

function keyJson(key: ListedKey): object {
  const { reason, shares } = key;
  return {
    purpose: key.purpose,
    suite: 1,
    publicKey: key.publicKey.toString('base64url'),
    notBefore: iso(key.notBeforeMs),
    notAfter: iso(key.notAfterMs),
    ...(key.destroyAtMs === null ? {} : { destroyAt: iso(key.destroyAtMs) }),
    ...(key.distrustFromMs === null
      ? {}
      : { revoked: { distrustFrom: iso(key.distrustFromMs), ...(reason === null ? {} : { reason }) } }),
    ...(key.possession === null ? {} : { possession: key.possession.toString('base64url') }),
    ...(shares.length === 0 ? {} : { shares: shares.map(shareJson) }),
  };
}

function shareJson(share: GroupKeyShare): object {
  return {
    member: share.member,
    memberKeyId: share.memberKeyId.toString('hex'),
    encapsulated: share.encapsulated.toString('base64url'),
    wrapped: share.wrapped.toString('base64url'),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
