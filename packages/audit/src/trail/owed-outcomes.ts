// Outcomes that the disk has not taken: written in order, as soon as it does.
import type { AuditEvent, InClear, Sealed } from '@sealwire/core';
import type { Ticket } from './journal.js';

/** What became of some messages. */
export interface SentOutcome {
  readonly sent: readonly (Sealed | InClear)[];
  /** Of each. */
  readonly tickets: readonly Ticket[];
  readonly outcome: 'acknowledged' | 'failed' | 'unknown';
  readonly facts: AuditEvent['facts'];
}

const againMs = 1_000;

/** As many as messages are on their way, each of which stands in the spool. */
export class OwedOutcomes {
  readonly #write: (one: SentOutcome) => void;
  readonly #owed: SentOutcome[] = [];
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param write throws where the disk does not take it; nothing of it is written then */
  constructor(write: (one: SentOutcome) => void) {
    this.#write = write;
  }

  add(one: SentOutcome): void {
    this.#owed.push(one);
  }

  /** Writes all of them. What `write` throws is thrown: the rest is tried again by itself. */
  pay(): void {
    try {
      for (;;) {
        const [first] = this.#owed;
        if (first === undefined) return;
        this.#write(first);
        this.#owed.shift();
      }
    } catch (error) {
      if (!this.#closed)
        this.#timer ??= setTimeout(() => {
          this.#timer = null;
          this.#tryToPay();
        }, againMs).unref();
      throw error;
    }
  }

  /** A last attempt. What is owed then is unknown to the next start. */
  close(): void {
    this.#closed = true;
    this.#tryToPay();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #tryToPay(): void {
    try {
      this.pay();
    } catch {
      // It is tried again, unless it closes.
    }
  }
}
