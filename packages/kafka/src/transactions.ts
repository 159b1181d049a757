// The transactions of one producer, one after another. One that leaves a batch in doubt ends the life of kafkajs’ producer:
// its next transaction would give that batch’s sequence numbers to other records, which the broker would drop.
import type { Producer, Transaction } from 'kafkajs';
import { InSequence } from './in-sequence.js';

/** A transaction and the sequence of its sends. */
export interface BegunTransaction {
  readonly transaction: Transaction;
  readonly sends: InSequence;
  /** To be called when it has ended, however. */
  readonly ended: () => void;
}

export class Transactions {
  readonly #first: Producer;
  readonly #another: () => Producer;
  #current: Producer;
  #spent = false;

  /**
   * @param first the application’s own
   * @param another makes one of the same transactional id; the broker gives it a new epoch, and ends what the one before left
   */
  constructor(first: Producer, another: () => Producer) {
    this.#first = this.#current = first;
    this.#another = another;
  }

  /** @throws kafkajs’ own */
  async begin(): Promise<BegunTransaction> {
    if (this.#spent) await this.#replace();
    const transaction = await this.#current.transaction();
    const sends = new InSequence(transaction, this.#first.logger());
    return {
      transaction,
      sends,
      ended: () => {
        if (!sends.isSettled) this.#spent = true;
      },
    };
  }

  /** Disconnects those that were made here. */
  async disconnect(): Promise<void> {
    const own = this.#current;
    if (own === this.#first) return;
    this.#current = this.#first;
    this.#spent = true;
    await own.disconnect();
  }

  async #replace(): Promise<void> {
    const next = this.#another();
    try {
      await next.connect();
    } catch (error) {
      await next.disconnect().catch(() => undefined);
      throw error;
    }
    await this.disconnect().catch(() => undefined);
    this.#current = next;
    this.#spent = false;
  }
}
