// The keys that a store holds against the directory's listing: which one signs now, which ones may open, which are due.
import { InabilityError, KeyError, type Clock, type KeyStore, type Signer } from '@sealwire/core';
import { keyId } from '@sealwire/crypto';
import type { HeldKey } from './held-key.js';
import { isUsable } from './is-usable.js';
import type { KeyListing, OwnListedKey } from './key-listing.js';

interface SigningEntry {
  readonly listed: OwnListedKey;
  readonly signer: Signer;
}

/** How long after the directory lists a key its private half may take to arrive before messages for it are refused. */
const settleMs = 10_000;

/**
 * Answers what a journey asks for every message, from memory. It follows the listing by its version; look-ups after a
 * change cost a walk over the keys that are held, all others next to nothing.
 */
export class KeyRing {
  readonly #agent: string;
  readonly #listing: KeyListing;
  readonly #clock: Clock;
  readonly #held = new Map<string, HeldKey>();
  /** By key id: whose key it is, where that is known. */
  readonly #owners = new Map<string, string>();
  /** Of keys that the directory lists, or once did. */
  readonly destroyTimes = new Map<string, number>();
  #signing: readonly SigningEntry[] = [];
  #sealing = new Map<string, HeldKey>();
  /** Keys that the directory lists for this agent and that are not held, and since when. */
  #missing = new Map<string, number>();
  #version: number | null = null;
  #settled = false;
  #groups: { readonly version: number; readonly names: readonly string[] } | null = null;
  /** While not all that is there could be read or stored: what is listed and not held is waited for. */
  troubled = false;

  constructor(agent: string, listing: KeyListing, clock: Clock) {
    this.#agent = agent;
    this.#listing = listing;
    this.#clock = clock;
  }

  /** @param owner the agent or group that it was made for, where that is known */
  add(key: HeldKey, owner?: string): void {
    const id = key.keyId.toString('latin1');
    this.#held.set(id, key);
    if (owner !== undefined) this.#owners.set(id, owner);
    this.#version = null;
  }

  /** Forgets a key at once. */
  remove(id: string): void {
    const key = this.#held.get(id);
    this.#held.delete(id);
    this.#owners.delete(id);
    this.#sealing.delete(id);
    this.#version = null;
    key?.forget();
  }

  /** From here on a key that becomes listed and is not there is waited for; before, all is still being read. */
  settle(): void {
    this.#follow();
    this.#settled = true;
    for (const id of this.#missing.keys()) this.#missing.set(id, Number.NEGATIVE_INFINITY);
  }

  get held(): readonly HeldKey[] {
    return [...this.#held.values()];
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** What the directory says of a key that is held. */
  listed({ purpose, keyId: bytes }: Pick<HeldKey, 'purpose' | 'keyId'>): OwnListedKey | null {
    const id = bytes.toString('latin1');
    return purpose === 'sealing' ? this.#listedSealing(id) : this.#listing.signingKey(id);
  }

  /**
   * Another issuer can list a sealing key under a name of its own, with an earlier end: that must not take the key away,
   * nor destroy it. So whose it is decides, and where that is not known the listing that keeps it longest.
   */
  #listedSealing(id: string): OwnListedKey | null {
    const owner = this.#owners.get(id);
    const of = (names: readonly string[]): OwnListedKey | null => this.#listing.sealingKeyById(id, names);
    const known = (owner === undefined ? null : of([owner])) ?? of([this.#agent]);
    if (known !== null) return known;
    const lastsTo = ({ destroyAtMs }: OwnListedKey): number => destroyAtMs ?? Infinity;
    return (
      this.#ownGroups()
        .map((group) => of([group]))
        .filter((key) => key !== null)
        .reduce<OwnListedKey | null>(
          (best, key) => (best === null || lastsTo(key) > lastsTo(best) ? key : best),
          null,
        ) ?? this.#listing.sealingKeyById(id)
    );
  }

  #ownGroups(): readonly string[] {
    const { version, groups } = this.#listing;
    if (this.#groups?.version !== version)
      this.#groups = { version, names: groups.filter((name) => this.#listing.isMember(this.#agent, name)) };
    return this.#groups.names;
  }

  /** Why a key has no business here, or `null`. One that nobody lists has: it may be published later. */
  strangeness(key: HeldKey): string | null {
    const owner = this.listed(key)?.owner;
    // What was listed for this agent once is its own, whoever lists it now.
    const wasMine = this.destroyTimes.has(key.keyId.toString('latin1'));
    if (owner !== undefined && owner !== this.#agent && this.#listing.isAgent(owner) && !wasMine)
      return `is a key of ${owner}, not of ${this.#agent}: move it away, and replace that agent's keys if it should not have been here.`;
    const { purpose, publicKey } = key;
    const other = purpose === 'sealing' ? 'message-signing' : 'sealing';
    if (this.listed({ purpose: other, keyId: keyId(other, 1, publicKey) }) !== null)
      return `is named as a ${purpose} key, but the directory lists it as a ${other} key: one key has one purpose; move it away.`;
    return null;
  }

  /** See `KeyStore.signer`. */
  get signer(): Signer {
    this.#follow();
    const nowMs = this.#clock.nowMs();
    for (const { listed, signer } of this.#signing) if (isUsable(listed, nowMs)) return signer;
    throw this.#noSigner();
  }

  /** See `KeyStore.signerOf`. */
  signerOf(id: string): Signer | null {
    this.#follow();
    const entry = this.#signing.find(({ signer }) => signer.keyId.toString('latin1') === id);
    return entry !== undefined && isUsable(entry.listed, this.#clock.nowMs()) ? entry.signer : null;
  }

  /** See `KeyStore.holds`. */
  holds(id: string): boolean {
    this.#follow();
    if (this.#sealing.has(id)) return !this.#isDue(id, this.#clock.nowMs());
    const since = this.#missing.get(id);
    if (
      since !== undefined &&
      ((this.troubled && since > -Infinity) || this.#clock.nowMs() - since < settleMs)
    )
      throw new InabilityError(
        'ERR_UNABLE_KEY_STORE',
        `The directory lists a sealing key for ${this.#agent} whose private half is not here yet: messages for it wait. If it stays so, see what the key store's problem is.`,
      );
    return false;
  }

  /** See `KeyStore.unwrap`. */
  unwrap(...[id, encapsulated, wrapped, info]: Parameters<KeyStore['unwrap']>): Buffer | Promise<Buffer> {
    this.#follow();
    const key = this.#sealing.get(id);
    if (key === undefined || this.#isDue(id, this.#clock.nowMs()))
      throw new KeyError(
        'ERR_KEY_NOT_FOR_ME',
        'The data key is wrapped for a key that this agent does not hold.',
      );
    return key.unwrap(encapsulated, wrapped, info);
  }

  /**
   * Sealing keys whose time has come: they are to be destroyed. Not those of a name whose part of the directory has
   * expired: a clock that leapt ahead must not shred keys.
   */
  due(): readonly string[] {
    this.#follow();
    const nowMs = this.#clock.nowMs();
    return [...this.#held]
      .filter(([id, key]) => this.#isDue(id, nowMs) && this.#isSure(key))
      .map(([id]) => id);
  }

  /** When the next key is due, or `null`. */
  nextDueMs(): number | null {
    const times = [...this.#held.keys()]
      .map((id) => this.destroyTimes.get(id))
      .filter((at) => at !== undefined);
    return times.length === 0 ? null : Math.min(...times);
  }

  #isDue(id: string, nowMs: number): boolean {
    const atMs = this.destroyTimes.get(id);
    return atMs !== undefined && nowMs >= atMs;
  }

  #isSure(key: HeldKey): boolean {
    try {
      this.#listing.requireUsable?.(this.listed(key)?.owner ?? this.#agent);
      return true;
    } catch (error) {
      if (error instanceof InabilityError) return false;
      throw error;
    }
  }

  /** Takes up a new listing, or other keys. An expired directory changes nothing: what asks it says so. */
  #follow(): void {
    if (this.#version === this.#listing.version) return;
    const { version } = this.#listing;
    const signing: SigningEntry[] = [];
    const sealing = new Map<string, HeldKey>();
    const missing = new Map<string, number>();
    try {
      for (const [id, key] of this.#held) {
        const listed = this.listed(key);
        if (listed === null || !this.#isMine(key.purpose, listed.owner)) continue;
        if (key.purpose === 'message-signing')
          signing.push({ listed, signer: { keyId: key.keyId, sign: (message) => key.sign(message) } });
        else {
          sealing.set(id, key);
          this.#remember(id, listed);
        }
      }
      const nowMs = this.#clock.nowMs();
      for (const id of this.#expected(nowMs))
        if (!this.#held.has(id))
          missing.set(id, this.#missing.get(id) ?? (this.#settled ? nowMs : Number.NEGATIVE_INFINITY));
    } catch (error) {
      if (error instanceof InabilityError) return;
      throw error;
    }
    signing.sort(
      (a, b) => b.listed.notBeforeMs - a.listed.notBeforeMs || a.signer.keyId.compare(b.signer.keyId),
    );
    this.#signing = signing;
    this.#sealing = sealing;
    this.#missing = missing;
    this.#version = version;
  }

  #remember(id: string, { destroyAtMs }: OwnListedKey): void {
    if (destroyAtMs === null || destroyAtMs === undefined) this.destroyTimes.delete(id);
    else this.destroyTimes.set(id, destroyAtMs);
  }

  #isMine(purpose: HeldKey['purpose'], owner: string): boolean {
    return owner === this.#agent || (purpose === 'sealing' && this.#listing.isMember(this.#agent, owner));
  }

  /** Sealing keys that senders may use for this agent, now or soon. */
  #expected(nowMs: number): string[] {
    return [this.#agent, ...this.#ownGroups()].flatMap((owner) =>
      this.#listing
        .sealingKeys(owner)
        .filter(({ notAfterMs, distrustFromMs }) => nowMs < notAfterMs && distrustFromMs === null)
        .map((key) => key.keyId.toString('latin1')),
    );
  }

  #noSigner(): KeyError {
    const held = this.held.filter(({ purpose }) => purpose === 'message-signing');
    const unlisted = held.length - this.#signing.length;
    return new KeyError(
      'ERR_KEY_MISSING',
      held.length === 0
        ? `${this.#agent} has no signing key: nothing can be sent. Make one, and publish it in the directory.`
        : unlisted === held.length
          ? `The directory lists none of the signing keys that ${this.#agent} holds: nothing can be sent. Publish one.`
          : `No signing key of ${this.#agent} is valid now: expired, revoked, or not valid yet; make a new key, or check this clock.`,
    );
  }
}
