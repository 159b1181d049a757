// A live key store over a place: follows the directory, takes up new keys, destroys what is due.
import {
  InabilityError,
  KeyError,
  SealwireError,
  systemClock,
  UsageError,
  type Clock,
  type Signer,
} from '@sealwire/core';
import type { HeldKey, HeldPurpose } from './held-key.js';
import type { KeyListing } from './key-listing.js';
import type { KeyPlace, PlacedKey } from './key-place.js';
import { KeyRing } from './key-ring.js';
import type { Gather, ManagedKeyStore, NewGroupKey, NewKey, StoredKey } from './managed-key-store.js';

/** What every kind of store is opened with. */
export interface KeptKeysOptions {
  readonly agent: string;
  /** What `openDirectory` gave. */
  readonly directory: KeyListing;
  readonly clock?: Clock;
  readonly gather?: Gather;
}

/** Timers take no more than 2^31 ms; and clocks are set. */
const longestWaitMs = 3_600_000;
const tryAgainMs = 10_000;

/** See ManagedKeyStore. */
export class KeptKeys implements ManagedKeyStore {
  readonly agent: string;
  readonly synchronous: boolean;
  readonly #place: KeyPlace;
  readonly #ring: KeyRing;
  readonly #clock: Clock;
  readonly #gather: Gather | undefined;
  readonly #stopListening: (() => void) | undefined;
  /** Key ids by the names of what holds them. */
  readonly #names = new Map<string, string>();
  /** What could not be destroyed yet: forgotten already, and tried again. */
  readonly #doomed = new Map<string, string>();
  #problems: readonly SealwireError[] = [];
  #reading: Promise<void> | null = null;
  #readAgain = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(place: KeyPlace, options: KeptKeysOptions) {
    const { agent, directory, clock = systemClock, gather } = options;
    this.agent = agent;
    this.synchronous = place.synchronous;
    this.#place = place;
    this.#clock = clock;
    this.#gather = gather;
    this.#ring = new KeyRing(agent, directory, clock);
    this.#stopListening = directory.onChange?.(() => void this.reload());
  }

  /** @throws UsageError ERR_USAGE_AGENT; whatever is wrong with a key: a store that starts is whole */
  static async open(place: KeyPlace, options: KeptKeysOptions): Promise<ManagedKeyStore> {
    const { agent, directory } = options;
    if (!directory.isAgent(agent))
      throw new UsageError(
        'ERR_USAGE_AGENT',
        `${agent} is no agent of the directory; check the name, or publish a directory that has it.`,
      );
    const store = new KeptKeys(place, options);
    try {
      for (const [id, atMs] of place.rememberedTimes()) store.#ring.destroyTimes.set(id, atMs);
      await store.reload();
      // Any issuer can name this agent a member and give it a share that does not open: that must not stop it.
      const fatal = store.#problems.find(({ code }) => code !== 'ERR_KEY_WRAP');
      if (fatal !== undefined) throw fatal;
      store.#ring.settle();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get signer(): Signer {
    this.#requireOpen();
    return this.#ring.signer;
  }

  signerOf(keyId: string): Signer | null {
    this.#requireOpen();
    return this.#ring.signerOf(keyId);
  }

  holds(keyId: string): boolean {
    this.#requireOpen();
    return this.#ring.holds(keyId);
  }

  unwrap(keyId: string, encapsulated: Buffer, wrapped: Buffer, info: Buffer): Buffer | Promise<Buffer> {
    this.#requireOpen();
    return this.#ring.unwrap(keyId, encapsulated, wrapped, info);
  }

  get keys(): readonly StoredKey[] {
    return this.#ring.held.map((key) => this.#stored(key));
  }

  get problem(): SealwireError | null {
    return this.#problems[0] ?? null;
  }

  reload(): Promise<void> {
    // What changed while something is being read may have been missed: once more, for all who asked meanwhile.
    if (this.#reading !== null) {
      this.#readAgain = true;
      return this.#reading;
    }
    this.#reading = (async () => {
      do {
        this.#readAgain = false;
        if (!this.#closed) await this.#read();
      } while (this.#readAgain);
      this.#reading = null;
    })();
    return this.#reading;
  }

  async generateKey(purpose: HeldPurpose): Promise<NewKey> {
    this.#requireOpen();
    return this.#discardable(await this.#place.generate(purpose, this.#take));
  }

  async generateGroupKey(group: string): Promise<NewGroupKey> {
    this.#requireOpen();
    return this.#discardable(await this.#place.generateForGroup(group, this.#take));
  }

  async addKey(group: string, scalar: Buffer): Promise<StoredKey> {
    this.#requireOpen();
    const placed = await this.#place.add(group, scalar);
    this.#take(placed);
    return this.#stored(placed.key);
  }

  async destroyKey(keyId: string): Promise<void> {
    // Out of memory first: whatever becomes of the place, it opens nothing any more.
    this.#ring.remove(keyId);
    for (const [name, id] of this.#names) if (id === keyId) this.#doomed.set(name, id);
    await this.#destroyDoomed();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening?.();
    clearTimeout(this.#timer);
    await this.#reading;
    for (const { keyId } of this.#ring.held) this.#ring.remove(keyId.toString('latin1'));
    await this.#place.close();
  }

  readonly #take = ({ name, key, owner }: PlacedKey): void => {
    const id = key.keyId.toString('latin1');
    this.#names.set(name, id);
    if (this.#ring.has(id)) key.forget();
    else this.#ring.add(key, owner);
  };

  async #read(): Promise<void> {
    const problems: SealwireError[] = [];
    await this.#attempt(problems, async () => {
      const { names, opened, problems: found } = await this.#place.read(new Set(this.#names.keys()));
      problems.push(...found);
      for (const placed of opened) {
        const odd = this.#ring.strangeness(placed.key);
        if (odd === null) this.#take(placed);
        else {
          placed.key.forget();
          problems.push(new KeyError(this.#place.errorCode, `${placed.name} ${odd}`));
        }
      }
      for (const [name, id] of this.#names) {
        if (names.has(name)) continue;
        this.#names.delete(name);
        this.#ring.remove(id);
      }
    });
    await this.#attempt(problems, async () => this.#gather?.(this));
    await this.#destroyDue(problems);
    await this.#attempt(problems, () => {
      const there = new Set([...this.#names.values(), ...this.#doomed.values()]);
      this.#place.remember(new Map([...this.#ring.destroyTimes].filter(([id]) => there.has(id))));
    });
    this.#problems = problems;
    this.#ring.troubled = problems.some(({ code }) => code !== 'ERR_KEY_WRAP');
    this.#wait();
  }

  async #destroyDue(problems: SealwireError[]): Promise<void> {
    for (const id of this.#ring.due()) await this.#attempt(problems, () => this.destroyKey(id));
    await this.#attempt(problems, () => this.#destroyDoomed());
  }

  async #destroyDoomed(): Promise<void> {
    for (const name of this.#doomed.keys()) {
      await this.#place.destroy(name);
      this.#doomed.delete(name);
      this.#names.delete(name);
    }
  }

  async #attempt(problems: SealwireError[], what: () => Promise<void> | void): Promise<void> {
    try {
      await what();
    } catch (error) {
      problems.push(
        error instanceof SealwireError
          ? error
          : new InabilityError(
              'ERR_UNABLE_KEY_STORE',
              'The key store failed in a way that it should not.',
              {},
              error,
            ),
      );
    }
  }

  /** Until the next key is due. What could not be destroyed is tried again. */
  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const nextMs = this.#ring.nextDueMs();
    const leftMs = nextMs === null ? longestWaitMs : nextMs - this.#clock.nowMs();
    // Due and still there: it could not be destroyed, or the directory has expired.
    const waitMs = leftMs <= 0 || this.#problems.length > 0 ? tryAgainMs : Math.min(longestWaitMs, leftMs);
    this.#timer = setTimeout(() => void this.reload(), waitMs).unref();
  }

  #discardable<Key extends NewKey>(key: Key): Key {
    const discard = async (): Promise<void> => {
      await key.discard();
      await this.destroyKey(key.keyId.toString('latin1'));
    };
    return { ...key, discard };
  }

  #stored(key: HeldKey): StoredKey {
    const { keyId, publicKey, purpose } = key;
    return {
      keyId,
      publicKey,
      purpose,
      listed: this.#ring.listed(key),
      destroyAtMs: this.#ring.destroyTimes.get(keyId.toString('latin1')) ?? null,
    };
  }

  #requireOpen(): void {
    if (this.#closed)
      throw new InabilityError('ERR_UNABLE_KEY_STORE', 'The key store is closed: open it again.');
  }
}
