// What a reader knows of a session topic, bounded: junk goes before anything good does.
import type { OfferedSession, SessionRules } from '@sealwire/core';

/** Beside the session’s own bytes: the entry, its names, its places in the maps. */
const entryBytes = 400;
/** Signatures that are checked to make room for one entry. */
const checksPerEntry = 32;
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
  readonly #byReference = new Map<string, Entry>();
  readonly #shelves = new Map<string, Shelf>();
  #unchecked: Entry[] = [];
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
    if (this.#byReference.has(offered.reference)) return;
    while (this.#bytes + bytes > this.#maxBytes) {
      if (!this.#makeRoom()) return;
    }
    const name = this.#isListed(offered.senderKeyId) ? offered.senderKeyId : unlisted;
    let shelf = this.#shelves.get(name);
    if (shelf === undefined) this.#shelves.set(name, (shelf = new Shelf()));
    const entry: Entry = { offered, bytes, shelf, checked: false };
    shelf.entries.add(entry);
    shelf.bytes += bytes;
    this.#bytes += bytes;
    this.#byReference.set(offered.reference, entry);
    this.#unchecked.push(entry);
    if (this.#unchecked.length > 2 * this.#byReference.size + 1024) {
      this.#unchecked = this.#unchecked.filter((each) => !each.checked && this.#isHere(each));
    }
  }

  /**
   * The session of a reference, or `null`. It is signed, or else its key is not listed: then whoever uses it refuses it
   * for that. @throws InabilityError ERR_UNABLE_DIRECTORY
   */
  get(reference: string): Buffer | null {
    const entry = this.#byReference.get(reference);
    if (entry === undefined) return null;
    if (this.#rules.isListed(entry.offered.senderKeyId) && !this.#isSigned(entry)) {
      this.#delete(entry);
      return null;
    }
    return entry.offered.session;
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
    return this.#byReference.get(entry.offered.reference) === entry;
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
    this.#byReference.delete(offered.reference);
    return true;
  }
}
