// Sessions as receivers know them: kept only once a signature vouched for them, with the secrets unwrapped under them.
import type { Session } from '@sealwire/core';
import { KnownBatches, type BatchKeyCache } from './batch-keys.js';
import { GenerationCache } from './generation-cache.js';
import { headOf } from './outer-codec.js';
import { decodeSession } from './session-codec.js';

/** A received session and what was unwrapped for it. */
export interface ReceivedSession extends Session {
  /** What every record of it begins with. */
  readonly head: Buffer;
  /** True once a message’s signature verified under it (E-13). */
  vouched: boolean;
  dataKey: Buffer | null;
  /** Id of the key that the data key was unwrapped with, as a latin1 string. */
  unwrappedWith: string;
  readonly batches: KnownBatches;
}

/** Looks sessions up by their bytes. */
export class ReceivedSessions {
  readonly #kept = new GenerationCache<string, ReceivedSession>(2048);
  /** Sessions of the batch in hand that nothing has vouched for yet, by all of their bytes. */
  readonly #tentative = new Map<string, ReceivedSession>();
  readonly #batchKeys: BatchKeyCache = new GenerationCache(2048);
  #last: ReceivedSession | null = null;

  /** The session of the last message: most likely that of the next. */
  get last(): ReceivedSession | null {
    return this.#last;
  }

  /** @throws FormatError ERR_FORMAT_SESSION */
  of(bytes: Buffer): ReceivedSession {
    if (this.#last !== null && this.#last.bytes === bytes) return this.#last;
    // The end of the last wrap is ciphertext: as good a name as a hash, and at hand. The bytes decide.
    const kept = this.#kept.get(nameOf(bytes));
    if (kept?.bytes.equals(bytes) === true) {
      this.#last = kept;
      return kept;
    }
    // By all of its bytes: anybody can copy the end of another session, to have that one unwrapped for each message.
    const whole = bytes.toString('latin1', 0, bytes.length);
    const tentative = this.#tentative.get(whole);
    if (tentative !== undefined) {
      this.#last = tentative;
      return tentative;
    }
    const decoded = decodeSession(bytes);
    const session: ReceivedSession = {
      ...decoded,
      head: headOf(decoded.bytes),
      vouched: false,
      dataKey: null,
      unwrappedWith: '',
      batches: new KnownBatches(this.#batchKeys, decoded.hash),
    };
    this.#tentative.set(whole, session);
    return session;
  }

  /** Keeps a session: a message’s signature has verified under it. */
  keep(session: ReceivedSession): void {
    session.vouched = true;
    this.#kept.set(nameOf(session.bytes), session);
  }

  /** Forgets what nothing vouched for. */
  endBatch(): void {
    this.#tentative.clear();
    if (this.#last?.vouched === false) this.#last = null;
  }
}

function nameOf(bytes: Buffer): string {
  return bytes.toString('latin1', Math.max(0, bytes.length - 33), bytes.length);
}
