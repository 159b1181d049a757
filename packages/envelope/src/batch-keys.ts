// The two keys of one batch, derived from the session’s data key and the batch’s salt (SPEC.md §7).
import type { AeadKey, MacKey, Primitives } from '@sealwire/crypto';
import { GenerationCache } from './generation-cache.js';
import { sameBytes } from './same-bytes.js';

export interface BatchKeys {
  readonly encryption: AeadKey;
  readonly mac: MacKey;
}

const label = Buffer.from('sealwire/v1/batch', 'ascii');

/** @param salt 12 bytes */
export function batchKeys(primitives: Primitives, dataKey: Buffer, salt: Buffer): BatchKeys {
  const both = primitives.expand(dataKey, Buffer.concat([label, salt]), 64);
  return { encryption: primitives.aeadKey(both.subarray(0, 32)), mac: primitives.macKey(both.subarray(32)) };
}

/** Writes the IV of the message at this position into 12 bytes that begin with 8 zero bytes. */
export function writePosition(iv: Buffer, position: number): void {
  iv[8] = position >>> 24;
  iv[9] = position >>> 16;
  iv[10] = position >>> 8;
  iv[11] = position;
}

/** The keys of the batches that were read lately, under whatever session: by session hash and salt. */
export type BatchKeyCache = GenerationCache<string, BatchKeys>;

/**
 * The keys of the batches of one session, by salt. All sessions share one cache: a share for each would let a fleet of
 * short-lived senders fill a gigabyte.
 */
export class KnownBatches {
  readonly #shared: BatchKeyCache;
  readonly #sessionHash: string;
  readonly #unwrappedWith: string;
  #lastSalt: Buffer = Buffer.alloc(0);
  #last: BatchKeys | null = null;

  /** @param unwrappedWith id of the recipient key that opened the data key: wraps of one session may hold different ones */
  constructor(shared: BatchKeyCache, sessionHash: string, unwrappedWith: string) {
    this.#shared = shared;
    this.#sessionHash = sessionHash;
    this.#unwrappedWith = unwrappedWith;
  }

  /** Those of the same session whose data key another recipient key opened. */
  under(unwrappedWith: string): KnownBatches {
    return new KnownBatches(this.#shared, this.#sessionHash, unwrappedWith);
  }

  get(salt: Buffer): BatchKeys | null {
    if (sameBytes(salt, this.#lastSalt)) return this.#last;
    const keys = this.#shared.get(this.#nameOf(salt)) ?? null;
    if (keys !== null) this.#remember(salt, keys);
    return keys;
  }

  set(salt: Buffer, keys: BatchKeys): void {
    this.#shared.set(this.#nameOf(salt), keys);
    this.#remember(salt, keys);
  }

  #nameOf(salt: Buffer): string {
    return this.#sessionHash + this.#unwrappedWith + salt.toString('latin1', 0, 12);
  }

  #remember(salt: Buffer, keys: BatchKeys): void {
    // A copy: the received bytes are a view on a whole fetch.
    this.#lastSalt = Buffer.from(salt);
    this.#last = keys;
  }
}
