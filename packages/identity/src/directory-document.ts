// The payload of a directory, format 1: who there is, with which keys. What is not in this file is not in the format.
import type { KeyPurpose } from '@sealwire/crypto';
import { DocumentValue } from './document-value.js';

export type DirectoryKeyPurpose = Extract<KeyPurpose, 'message-signing' | 'sealing'>;

/** One public key. Its id is not in the document: it is computed. */
export interface DirectoryKey {
  readonly purpose: DirectoryKeyPurpose;
  readonly suite: 1;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly distrustFromMs: number | null;
}

export interface DirectoryAgent {
  readonly name: string;
  readonly keys: readonly DirectoryKey[];
}

export interface DirectoryGroup {
  readonly name: string;
  readonly members: readonly string[];
  /** Sealing keys only. */
  readonly keys: readonly DirectoryKey[];
}

export interface DirectoryDocument {
  /** 16 bytes. */
  readonly realm: Buffer;
  /** Grows with every document of a realm. */
  readonly serial: number;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly agents: readonly DirectoryAgent[];
  readonly groups: readonly DirectoryGroup[];
}

const maxOwners = 10_000;
const maxKeysOfOne = 64;

/** @throws KeyError ERR_KEY_DIRECTORY with the place of the first thing that is not of format 1. */
export function parseDocument(file: string, json: unknown): DirectoryDocument {
  const fields = new DocumentValue(file, '', json).object(topLevel);
  fields.version.integer(1, 1);
  return {
    realm: fields.realm.bytes('hex', 16),
    serial: fields.serial.integer(1, Number.MAX_SAFE_INTEGER),
    issuedAtMs: fields.issuedAt.time(),
    expiresAtMs: fields.expiresAt.time(),
    agents: fields.agents.list(maxOwners).map(agentOf),
    groups: fields.groups.list(maxOwners).map(groupOf),
  };
}

const topLevel = ['version', 'realm', 'serial', 'issuedAt', 'expiresAt', 'agents', 'groups'] as const;

/** The JSON text that `parseDocument` reads, in one spelling. */
export function documentJson(document: DirectoryDocument): string {
  return JSON.stringify({
    version: 1,
    realm: document.realm.toString('hex'),
    serial: document.serial,
    issuedAt: iso(document.issuedAtMs),
    expiresAt: iso(document.expiresAtMs),
    agents: document.agents.map(({ name, keys }) => ({ name, keys: keys.map(keyJson) })),
    groups: document.groups.map(({ name, members, keys }) => ({ name, members, keys: keys.map(keyJson) })),
  });
}

function agentOf(value: DocumentValue): DirectoryAgent {
  const fields = value.object(['name', 'keys']);
  return { name: fields.name.name(), keys: fields.keys.list(maxKeysOfOne).map(keyOf) };
}

function groupOf(value: DocumentValue): DirectoryGroup {
  const fields = value.object(['name', 'members', 'keys']);
  return {
    name: fields.name.name(),
    members: fields.members.list(maxOwners).map((member) => member.name()),
    keys: fields.keys.list(maxKeysOfOne).map(keyOf),
  };
}

function keyOf(value: DocumentValue): DirectoryKey {
  const fields = value.object(['purpose', 'suite', 'publicKey', 'notBefore', 'notAfter'], ['revoked']);
  const purpose = fields.purpose.text(40);
  if (purpose !== 'message-signing' && purpose !== 'sealing')
    return fields.purpose.fail('must be "message-signing" or "sealing".');
  fields.suite.integer(1, 1);
  return {
    purpose,
    suite: 1,
    publicKey: fields.publicKey.bytes('base64url', 65),
    notBeforeMs: fields.notBefore.time(),
    notAfterMs: fields.notAfter.time(),
    distrustFromMs: fields.revoked?.object(['distrustFrom']).distrustFrom.time() ?? null,
  };
}

function keyJson(key: DirectoryKey): object {
  return {
    purpose: key.purpose,
    suite: key.suite,
    publicKey: key.publicKey.toString('base64url'),
    notBefore: iso(key.notBeforeMs),
    notAfter: iso(key.notAfterMs),
    ...(key.distrustFromMs === null ? {} : { revoked: { distrustFrom: iso(key.distrustFromMs) } }),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
