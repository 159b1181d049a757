// A verified directory, ready for look-ups: what the journeys ask, and what key stores and the command line ask beside.
import type { Clock, Directory } from '@sealwire/core';
import type { ListedKey } from './directory-entry.js';
import type { DirectoryIndex } from './directory-index.js';
import type { DirectorySet } from './directory-set.js';

/** A directory that is open. Look-ups by key id answer for keys of every status; the caller judges validity. */
export interface OpenDirectory extends Directory {
  /** What was verified: roots, delegations, documents. Immutable. */
  readonly set: DirectorySet;
  readonly agents: readonly string[];
  readonly groups: readonly string[];
  /** The earliest expiry of root, delegations and documents. */
  readonly expiresAtMs: number;
  /** The earliest time from which on some look-ups throw. */
  readonly unusableFromMs: number;
  isAgent(name: string): boolean;
  members(group: string): readonly string[];
  /** Every key of an agent or group, newest first, whatever its status. */
  signingKeys(agent: string): readonly ListedKey[];
  sealingKeys(name: string): readonly ListedKey[];
  /** The sealing key of an id (16 bytes as a latin1 string), whatever its status, or `null`. */
  sealingKeyById(keyId: string, owners?: readonly string[]): ListedKey | null;
  /** The same, of one owner. */
  sealingKeyOf(owner: string, keyId: string): ListedKey | null;
  /** @throws InabilityError ERR_UNABLE_DIRECTORY: see LiveDirectory */
  requireUsable(name: string): void;
}

/** Answers from an index that can be exchanged under it. */
export class DirectoryView implements OpenDirectory {
  protected index: DirectoryIndex;
  readonly #clock: Clock;
  #version = 1;

  constructor(index: DirectoryIndex, clock: Clock) {
    this.index = index;
    this.#clock = clock;
  }

  protected exchange(index: DirectoryIndex): void {
    this.index = index;
    this.#version++;
  }

  get set(): DirectorySet {
    return this.index.set;
  }

  get realm(): Buffer {
    return this.index.set.root.document.realm;
  }

  get version(): number {
    return this.#version;
  }

  get agents(): readonly string[] {
    return [...this.index.names].filter((name) => this.isAgent(name)).sort();
  }

  get groups(): readonly string[] {
    return [...this.index.names].filter((name) => !this.isAgent(name)).sort();
  }

  get expiresAtMs(): number {
    return this.index.expiresAtMs;
  }

  get unusableFromMs(): number {
    return this.index.unusableFromMs;
  }

  signingKey(keyId: string): ListedKey | null {
    return this.index.signingKey(keyId, this.#clock.nowMs());
  }

  sealingKey(name: string, atMs: number): ListedKey | null {
    return this.index.sealingKey(name, atMs, this.#clock.nowMs());
  }

  sealingKeyById(keyId: string, owners?: readonly string[]): ListedKey | null {
    return this.index.sealingKeyById(keyId, this.#clock.nowMs(), owners);
  }

  sealingKeyOf(owner: string, keyId: string): ListedKey | null {
    return this.index.keys(owner, 'sealing').find((key) => key.keyId.toString('latin1') === keyId) ?? null;
  }

  isMember(agent: string, group: string): boolean {
    return this.index.isMember(agent, group);
  }

  has(name: string): boolean {
    return this.index.entry(name) !== null;
  }

  isAgent(name: string): boolean {
    return this.index.entry(name)?.members === null;
  }

  members(group: string): readonly string[] {
    return this.index.entry(group)?.members ?? [];
  }

  signingKeys(agent: string): readonly ListedKey[] {
    return newestFirst(this.index.keys(agent, 'message-signing'));
  }

  sealingKeys(name: string): readonly ListedKey[] {
    return newestFirst(this.index.keys(name, 'sealing'));
  }

  requireUsable(name: string): void {
    this.index.requireUsable(name, this.#clock.nowMs());
  }
}

const newestFirst = (keys: readonly ListedKey[]): readonly ListedKey[] =>
  [...keys].sort((a, b) => b.notBeforeMs - a.notBeforeMs || a.keyId.compare(b.keyId));
