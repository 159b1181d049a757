// A verified directory, ready for look-ups at the rate of messages.
import {
  InabilityError,
  KeyError,
  systemClock,
  type Clock,
  type Directory,
  type PublicKey,
} from '@sealwire/core';
import { keyId, type Primitives } from '@sealwire/crypto';
import { readDirectoryFile } from './directory-file.js';
import type { DirectoryDocument, DirectoryKey } from './directory-document.js';

export interface DirectoryOptions {
  readonly file: string;
  /** The root's public key that the policy pins: uncompressed point, 65 bytes. */
  readonly rootKey: Buffer;
  /** Refuses a directory of another realm (16 bytes). */
  readonly realm?: Buffer;
  readonly primitives: Primitives;
  readonly clock?: Clock;
  /** How long after its expiry the directory may still be used. Default: one hour. */
  readonly graceMs?: number;
}

/** An open directory: what the journeys ask, and what the key store and the command line ask beside. */
export interface OpenDirectory extends Directory {
  readonly agents: readonly string[];
  readonly groups: readonly string[];
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** Look-ups throw from here on. */
  readonly unusableFromMs: number;
  isAgent(name: string): boolean;
  members(group: string): readonly string[];
  /** Every key of an agent or group, newest first, whatever its status. */
  signingKeys(agent: string): readonly PublicKey[];
  sealingKeys(name: string): readonly PublicKey[];
  /** The sealing key of an id (16 bytes as a latin1 string), whatever its status, or `null`. */
  sealingKeyById(keyId: string): PublicKey | null;
}

const hourMs = 3_600_000;
const clockToleranceMs = 300_000;

/**
 * Reads, verifies and indexes a directory file. It is read once: a new file needs a new call.
 * Look-ups by key id answer for keys of every status; the caller judges validity at the time that counts for it.
 * Past expiry and grace, look-ups throw InabilityError ERR_UNABLE_DIRECTORY.
 * Not guaranteed: that the directory is the newest. A reader that was offline cannot know of a later one.
 * @throws KeyError ERR_KEY_DIRECTORY: unreadable, malformed, not signed by the root, of another realm, expired, or issued in the future
 */
export function openDirectory(options: DirectoryOptions): OpenDirectory {
  const { file, rootKey, realm, primitives, clock = systemClock, graceMs = hourMs } = options;
  const document = readDirectoryFile(file, rootKey, primitives);
  const refuse = (problem: string): never => {
    throw new KeyError('ERR_KEY_DIRECTORY', `${file}: ${problem}`);
  };
  if (realm !== undefined && !document.realm.equals(realm))
    refuse(
      `is of realm ${document.realm.toString('hex')}, not of the policy's; correct realm in sealwire.yaml, or fetch the right directory.`,
    );
  const nowMs = clock.nowMs();
  if (nowMs >= document.expiresAtMs + graceMs)
    refuse(`expired at ${iso(document.expiresAtMs)}; sign a new one with the root, or check this clock.`);
  if (nowMs < document.issuedAtMs - clockToleranceMs)
    refuse(
      `was issued at ${iso(document.issuedAtMs)}, which is in the future by this clock; correct the clock.`,
    );
  return indexed(document, file, clock, document.expiresAtMs + graceMs);
}

interface Owner {
  readonly signing: readonly PublicKey[];
  readonly sealing: readonly PublicKey[];
}

function indexed(
  document: DirectoryDocument,
  file: string,
  clock: Clock,
  unusableFromMs: number,
): OpenDirectory {
  const signing = new Map<string, PublicKey>();
  const sealing = new Map<string, PublicKey>();
  const owners = new Map<string, Owner>();
  for (const { name, keys } of [...document.agents, ...document.groups]) {
    const mine = {
      signing: publicKeys(name, keys, 'message-signing'),
      sealing: publicKeys(name, keys, 'sealing'),
    };
    for (const key of mine.signing) signing.set(key.keyId.toString('latin1'), key);
    for (const key of mine.sealing) sealing.set(key.keyId.toString('latin1'), key);
    owners.set(name, mine);
  }
  const groups = new Map(document.groups.map((group) => [group.name, new Set(group.members)]));

  const requireFresh = (): void => {
    if (clock.nowMs() < unusableFromMs) return;
    throw new InabilityError(
      'ERR_UNABLE_DIRECTORY',
      `${file}: the directory expired at ${iso(document.expiresAtMs)}; put a new one in place and restart.`,
    );
  };

  return {
    realm: document.realm,
    version: document.serial,
    agents: document.agents.map((agent) => agent.name),
    groups: document.groups.map((group) => group.name),
    issuedAtMs: document.issuedAtMs,
    expiresAtMs: document.expiresAtMs,
    unusableFromMs,
    signingKey(id) {
      requireFresh();
      return signing.get(id) ?? null;
    },
    sealingKey(name, atMs) {
      requireFresh();
      const keys = owners.get(name)?.sealing;
      if (keys === undefined) return null;
      for (const key of keys) if (isUsable(key, atMs)) return key;
      return null;
    },
    sealingKeyById: (id) => sealing.get(id) ?? null,
    isMember: (agent, group) => groups.get(group)?.has(agent) ?? false,
    has: (name) => owners.has(name),
    isAgent: (name) => owners.has(name) && !groups.has(name),
    members: (group) => [...(groups.get(group) ?? [])],
    signingKeys: (agent) => owners.get(agent)?.signing ?? [],
    sealingKeys: (name) => owners.get(name)?.sealing ?? [],
  };
}

/** Newest first, so that the first usable one is the one to use. */
function publicKeys(
  owner: string,
  keys: readonly DirectoryKey[],
  purpose: DirectoryKey['purpose'],
): readonly PublicKey[] {
  return keys
    .filter((key) => key.purpose === purpose)
    .map(({ publicKey, notBeforeMs, notAfterMs, distrustFromMs }) => ({
      keyId: keyId(purpose, 1, publicKey),
      publicKey,
      owner,
      notBeforeMs,
      notAfterMs,
      distrustFromMs,
    }))
    .sort((a, b) => b.notBeforeMs - a.notBeforeMs || a.keyId.compare(b.keyId));
}

/** Valid from `notBefore`, no longer at `notAfter`, and not distrusted yet. */
export function isUsable(key: PublicKey, atMs: number): boolean {
  return (
    key.notBeforeMs <= atMs &&
    atMs < key.notAfterMs &&
    (key.distrustFromMs === null || atMs < key.distrustFromMs)
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();
