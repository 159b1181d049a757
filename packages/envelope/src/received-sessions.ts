// Sessions as receivers know them: kept only once a signature vouched for them, with the secrets unwrapped under them.
import type { Session } from '@sealwire/core';
import { KnownBatches, type BatchKeyCache } from './batch-keys.js';
import { GenerationCache } from './generation-cache.js';
import { headOf, type KnownHead } from './outer-codec.js';
import { decodeSession } from './session-codec.js';
import { referenceBytes } from './session-record.js';

/** A received session and what was unwrapped for it. */
export interface ReceivedSession extends Session {
  /** What every self-contained record of it begins with. */
  readonly whole: KnownHead;
  /** What every record of it begins with that refers to it. */
  readonly referred: KnownHead;
  /** True once a message’s signature verified under it (E-13). */
  vouched: boolean;
  dataKey: Buffer | null;
  /** Id of the key that the data key was unwrapped with, as a latin1 string. */
  unwrappedWith: string;
  /** The same, lower-case hex: for audit. */
  recipientKeyId: string | null;
  batches: KnownBatches;
}

/** Looks sessions up by their bytes. */
export class ReceivedSessions {
  readonly #kept = new GenerationCache<string, ReceivedSession>(2048);
  /** Sessions of the batch in hand that nothing has vouched for yet, by all of their bytes. */
  readonly #tentative = new Map<string, ReceivedSession>();
  readonly #batchKeys: BatchKeyCache = new GenerationCache(2048);
  readonly #keptByReference = new GenerationCache<string, ReceivedSession>(2048);
  #last: ReceivedSession | null = null;
  #lastHead: KnownHead | null = null;

  /** What the last message began with: most likely the next one does too. */
  get last(): KnownHead | null {
    return this.#lastHead;
  }

  /** @throws FormatError ERR_FORMAT_SESSION */
  of(bytes: Buffer): ReceivedSession {
    const session = this.#of(bytes);
    this.#last = session;
    this.#lastHead = session.whole;
    return session;
  }

  /** @returns `null` where no message’s signature has vouched for such a session yet */
  referredTo(reference: Buffer): ReceivedSession | null {
    if (this.#last !== null && this.#last.referred.bytes === reference) return this.#last;
    const known = this.#keptByReference.get(reference.toString('latin1', 0, referenceBytes));
    if (known === undefined) return null;
    this.#last = known;
    this.#lastHead = known.referred;
    return known;
  }

  #of(bytes: Buffer): ReceivedSession {
    if (this.#last !== null && this.#last.bytes === bytes) return this.#last;
    // The end of the last wrap is ciphertext: as good a name as a hash, and at hand. The bytes decide.
    const kept = this.#kept.get(nameOf(bytes));
    if (kept?.bytes.equals(bytes) === true) return kept;
    // By all of its bytes: anybody can copy the end of another session, to have that one unwrapped for each message.
    const whole = bytes.toString('latin1', 0, bytes.length);
    const tentative = this.#tentative.get(whole);
    if (tentative !== undefined) return tentative;
    const decoded = decodeSession(bytes);
    const reference = decoded.hash.subarray(0, referenceBytes);
    const session: ReceivedSession = {
      ...decoded,
      whole: { head: headOf(decoded.bytes), bytes: decoded.bytes },
      referred: { head: headOf(reference), bytes: reference },
      vouched: false,
      dataKey: null,
      unwrappedWith: '',
      recipientKeyId: null,
      batches: new KnownBatches(this.#batchKeys, decoded.hash.toString('latin1', 0, 32), ''),
    };
    this.#tentative.set(whole, session);
    return session;
  }

  /** Keeps a session: a message’s signature has verified under it. */
  keep(session: ReceivedSession): void {
    session.vouched = true;
    this.#kept.set(nameOf(session.bytes), session);
    this.#keptByReference.set(session.referred.bytes.toString('latin1', 0, referenceBytes), session);
  }

  /** Forgets what nothing vouched for. */
  endBatch(): void {
    this.#tentative.clear();
    if (this.#last?.vouched !== false) return;
    this.#last = null;
    this.#lastHead = null;
  }
}

function nameOf(bytes: Buffer): string {
  return bytes.toString('latin1', Math.max(0, bytes.length - 33), bytes.length);
}
