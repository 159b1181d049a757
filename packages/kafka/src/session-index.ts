// What a reader knows of a session topic, bounded: junk goes before anything good does.
import type { OfferedSession, SessionRules } from '@sealwire/core';

/** Beside the session’s own bytes: the entry, its names, its places in the maps. */
const entryBytes = 400;
/** Signatures that are checked to make room for one entry. */
const checksPerEntry = 32;
/** Records that claim one reference while the key that could tell them apart is not listed. */
const maxClaims = 64;
const unlisted = '';

interface Entry {
  readonly offered: OfferedSession;
  readonly bytes: number;
  readonly shelf: Shelf;
  checked: boolean;
}

/** The sessions of one signing key, oldest first; those of all keys that nobody lists share one. */
class Shelf {
  readonly entries = new Set<Entry>();
  bytes = 0;
}

export type IndexRules = Pick<SessionRules, 'directoryVersion' | 'isListed' | 'isSigned'>;

/**
 * Sessions by reference. A signature is checked when its session is first asked for, or when room runs out, so that an
 * honest topic costs a hash a record. Evicted are first sessions of keys that nobody lists, then what is not signed,
 * then the oldest of the sender that has most: nobody can push out the sessions of others.
 */
export class SessionIndex {
  readonly #rules: IndexRules;
  readonly #maxBytes: number;
  /** Whoever may write can put a session of another’s there again, with another signature, and be read first: all count. */
  readonly #byReference = new Map<string, Set<Entry>>();
  readonly #shelves = new Map<string, Shelf>();
  #unchecked: Entry[] = [];
  #count = 0;
  #bytes = 0;
  #incomplete = false;
  #lostUnder: number | null = null;

  constructor(rules: IndexRules, maxBytes = 32 * 1024 * 1024) {
    this.#rules = rules;
    this.#maxBytes = maxBytes;
  }

  /** What is held, by an estimate. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether what is not here may still be in the topic: it was evicted, and its sender’s key is listed or may be by now. */
  get incomplete(): boolean {
    return this.#incomplete || (this.#lostUnder !== null && this.#lostUnder !== this.#rules.directoryVersion);
  }

  /** Takes a record that is well-formed and hashes to its key. */
  add(offered: OfferedSession): void {
    const bytes = offered.session.length + entryBytes;
    const isListed = this.#isListed(offered.senderKeyId);
    if (!this.#isNews(offered, isListed)) return;
    while (this.#bytes + bytes > this.#maxBytes) {
      if (!this.#makeRoom()) return;
    }
    const name = isListed ? offered.senderKeyId : unlisted;
    let shelf = this.#shelves.get(name);
    if (shelf === undefined) this.#shelves.set(name, (shelf = new Shelf()));
    const entry: Entry = { offered, bytes, shelf, checked: false };
    shelf.entries.add(entry);
    shelf.bytes += bytes;
    this.#bytes += bytes;
    this.#count++;
    const claims = this.#byReference.get(offered.reference);
    if (claims === undefined) this.#byReference.set(offered.reference, new Set([entry]));
    else claims.add(entry);
    this.#unchecked.push(entry);
    if (this.#unchecked.length > 2 * this.#count + 1024) {
      this.#unchecked = this.#unchecked.filter((each) => !each.checked && this.#isHere(each));
    }
  }

  /**
   * The session of a reference, or `null`. It is signed, or else its key is not listed: then whoever uses it refuses it
   * for that. @throws InabilityError ERR_UNABLE_DIRECTORY
   */
  get(reference: string): Buffer | null {
    for (const entry of this.#byReference.get(reference) ?? []) {
      if (!this.#rules.isListed(entry.offered.senderKeyId) || this.#isSigned(entry))
        return entry.offered.session;
      this.#delete(entry);
    }
    return null;
  }

  /** Whether a record says what no other has said already. */
  #isNews({ reference, session, signature }: OfferedSession, isListed: boolean): boolean {
    const claims = this.#byReference.get(reference);
    if (claims === undefined) return true;
    for (const { offered } of claims)
      if (offered.signature.equals(signature) && offered.session.equals(session)) return false;
    if (!isListed) {
      if (claims.size < maxClaims) return true;
      this.#lostUnder = this.#rules.directoryVersion;
      return false;
    }
    for (const entry of claims) {
      if (this.#isSigned(entry)) return false;
      this.#delete(entry);
    }
    return true;
  }

  /** @returns whether there is more room than before */
  #makeRoom(): boolean {
    const [junk] = this.#shelves.get(unlisted)?.entries ?? [];
    if (junk !== undefined) {
      this.#lostUnder = this.#rules.directoryVersion;
      return this.#delete(junk);
    }
    // The newest first: under a flood they are the flood.
    for (let checks = 0; checks < checksPerEntry && this.#unchecked.length > 0; checks++) {
      const entry = this.#unchecked.pop()!;
      if (this.#isHere(entry) && !this.#isSigned(entry)) return this.#delete(entry);
    }
    let largest: Shelf | null = null;
    for (const shelf of this.#shelves.values()) {
      if (shelf.bytes > (largest?.bytes ?? 0)) largest = shelf;
    }
    const [oldest] = largest?.entries ?? [];
    if (oldest === undefined) return false;
    this.#incomplete = true;
    return this.#delete(oldest);
  }

  /** While the directory has expired nothing is judged anyway. */
  #isListed(senderKeyId: string): boolean {
    try {
      return this.#rules.isListed(senderKeyId);
    } catch {
      return false;
    }
  }

  #isHere(entry: Entry): boolean {
    return this.#byReference.get(entry.offered.reference)?.has(entry) === true;
  }

  #isSigned(entry: Entry): boolean {
    if (!entry.checked) entry.checked = this.#rules.isSigned(entry.offered);
    return entry.checked;
  }

  #delete(entry: Entry): true {
    const { shelf, bytes, offered } = entry;
    shelf.entries.delete(entry);
    shelf.bytes -= bytes;
    this.#bytes -= bytes;
    this.#count--;
    const claims = this.#byReference.get(offered.reference);
    claims?.delete(entry);
    if (claims?.size === 0) this.#byReference.delete(offered.reference);
    return true;
  }
}
