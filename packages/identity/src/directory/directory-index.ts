// The look-ups over a set of documents: what happens per message is a map access (SPEC.md §7).
import { InabilityError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import type { DirectoryEntry, ListedKey } from './directory-entry.js';
import type { DirectorySet } from './directory-set.js';
import { provesPossession } from './possession.js';
import type { ListedPurpose } from './root-document.js';
import type { Work } from './work.js';

/** An entry that counts, and on whose word. */
interface Place {
  readonly entry: DirectoryEntry;
  readonly issuer: string;
}

/** Immutable, but for what it has found out about single keys. */
export class DirectoryIndex {
  readonly set: DirectorySet;
  readonly #primitives: Primitives;
  readonly #places = new Map<string, Place>();
  readonly #signing = new Map<string, ListedKey>();
  readonly #sealing = new Map<string, ListedKey>();
  /** Of sealing keys that several issuers list: all listings. */
  readonly #twins = new Map<string, ListedKey[]>();
  readonly #members = new Map<string, ReadonlySet<string>>();
  /** By issuer: from when on its document answers nothing. */
  readonly #unusableFromMs = new Map<string, number>();
  /** Whether a signing key proved possession, once it was asked. */
  readonly #proven: WeakMap<ListedKey, boolean>;
  readonly #rootUnusableFromMs: number;
  /** The earliest expiry of what it stands on. */
  readonly expiresAtMs: number;
  /** Before this, nothing is past its grace. */
  readonly unusableFromMs: number;

  constructor(
    set: DirectorySet,
    primitives: Primitives,
    graceMs: number,
    proven: WeakMap<ListedKey, boolean>,
  ) {
    this.set = set;
    this.#primitives = primitives;
    this.#proven = proven;
    let earliest = set.root.document.expiresAtMs;
    this.#rootUnusableFromMs = earliest + graceMs;
    for (const [id, { header }] of set.documents) {
      const until = Math.min(header.expiresAtMs, set.delegations.issuers.get(id)!.expiresAtMs);
      this.#unusableFromMs.set(id, until + graceMs);
      earliest = Math.min(earliest, until);
    }
    this.expiresAtMs = earliest;
    this.unusableFromMs = earliest + graceMs;
  }

  /** Fills it: to be run before it is asked. */
  *fill(): Work<this> {
    const { delegations, documents } = this.set;
    let count = 0;
    for (const issuer of delegations.issuers.values())
      for (const entry of documents.get(issuer.id)?.entries ?? []) {
        if (++count % 64 === 0) yield;
        if (delegations.issuerOf(entry.name) !== issuer) continue;
        this.#places.set(entry.name, { entry, issuer: issuer.id });
        if (entry.members !== null) this.#members.set(entry.name, new Set(entry.members));
        for (const key of entry.keys) if (issuer.purposes.includes(key.purpose)) this.#add(key);
      }
    return this;
  }

  get names(): Iterable<string> {
    return this.#places.keys();
  }

  entry(name: string): DirectoryEntry | null {
    return this.#places.get(name)?.entry ?? null;
  }

  issuerOf(name: string): string | null {
    return this.#places.get(name)?.issuer ?? null;
  }

  signingKey(id: string, nowMs: number): ListedKey | null {
    const key = this.#signing.get(id);
    if (nowMs >= this.unusableFromMs) this.#requireFresh(key?.owner ?? null, nowMs);
    if (key === undefined) return null;
    return (this.#proven.get(key) ?? this.#prove(key)) ? key : null;
  }

  sealingKey(name: string, atMs: number, nowMs: number): ListedKey | null {
    if (nowMs >= this.unusableFromMs) this.#requireFresh(name, nowMs);
    const place = this.#places.get(name);
    if (place === undefined) return null;
    let newest: ListedKey | null = null;
    for (const key of this.keys(name, 'sealing'))
      if (
        key.distrustFromMs === null &&
        key.notBeforeMs <= atMs &&
        atMs < key.notAfterMs &&
        (newest === null || key.notBeforeMs > newest.notBeforeMs)
      )
        newest = key;
    return newest;
  }

  sealingKeyById(id: string, nowMs: number, owners?: readonly string[]): ListedKey | null {
    const first = this.#sealing.get(id) ?? null;
    const key =
      first === null || owners === undefined || owners.includes(first.owner)
        ? first
        : (this.#twins.get(id)?.find(({ owner }) => owners.includes(owner)) ?? null);
    if (nowMs >= this.unusableFromMs) this.#requireFresh(key?.owner ?? null, nowMs);
    return key;
  }

  isMember(agent: string, group: string): boolean {
    return this.#members.get(group)?.has(agent) ?? false;
  }

  /** Of one purpose, in the order of the document. */
  keys(name: string, purpose: ListedPurpose): readonly ListedKey[] {
    const place = this.#places.get(name);
    if (place?.entry.keys === undefined) return [];
    return this.set.delegations.issuers.get(place.issuer)!.purposes.includes(purpose)
      ? place.entry.keys.filter((key) => key.purpose === purpose)
      : [];
  }

  /** @throws InabilityError ERR_UNABLE_DIRECTORY where whoever speaks for this name has nothing valid to say */
  requireUsable(name: string, nowMs: number): void {
    if (nowMs >= this.unusableFromMs) this.#requireFresh(name, nowMs);
  }

  /** Why nothing at all can be answered any more, or `null`. */
  whyDead(nowMs: number): InabilityError | null {
    if (nowMs >= this.#rootUnusableFromMs)
      return unable(
        `the root document expired at ${iso(this.set.root.document.expiresAtMs)}`,
        'sign a new one with the root keys',
      );
    let last: InabilityError | null = null;
    for (const id of this.set.documents.keys()) {
      const why = this.#whyExpired(id, nowMs);
      if (why === null) return null;
      last = why;
    }
    return last;
  }

  #requireFresh(name: string | null, nowMs: number): void {
    const id = name === null ? undefined : this.set.delegations.issuerOf(name)?.id;
    const why =
      nowMs >= this.#rootUnusableFromMs
        ? this.whyDead(nowMs)
        : id === undefined
          ? null
          : this.#whyExpired(id, nowMs);
    if (why !== null) throw why;
  }

  #whyExpired(issuer: string, nowMs: number): InabilityError | null {
    if (nowMs < (this.#unusableFromMs.get(issuer) ?? Infinity)) return null;
    const { expiresAtMs } = this.set.documents.get(issuer)!.header;
    const delegated = this.set.delegations.issuers.get(issuer)!.expiresAtMs;
    return delegated < expiresAtMs
      ? unable(`the delegation of issuer ${issuer} expired at ${iso(delegated)}`, 'sign a new root document')
      : unable(`the directory of issuer ${issuer} expired at ${iso(expiresAtMs)}`, 'publish a new one');
  }

  #add(key: ListedKey): void {
    const id = key.keyId.toString('latin1');
    if (key.purpose === 'sealing') {
      // Two issuers may list one sealing key; without owners, whom the root names first has it.
      const first = this.#sealing.get(id);
      if (first === undefined) this.#sealing.set(id, key);
      else this.#twins.set(id, [...(this.#twins.get(id) ?? [first]), key]);
      return;
    }
    const other = this.#signing.get(id);
    // Whoever lists another's signing key cannot prove possession of it under a name of its own.
    if (other === undefined || !this.#prove(other)) this.#signing.set(id, key);
  }

  #prove(key: ListedKey): boolean {
    let proven = this.#proven.get(key);
    if (proven === undefined) {
      proven = provesPossession(this.set.root.document.realm, key, this.#primitives);
      this.#proven.set(key, proven);
    }
    return proven;
  }
}

function unable(what: string, remedy: string): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_DIRECTORY',
    `The directory cannot be relied on: ${what}; ${remedy}, or check this clock.`,
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();
