// Shares reads among all who ask for one, and keeps a distance between them.
import { setTimeout } from 'node:timers/promises';

export class Refreshing {
  readonly #read: () => Promise<void>;
  readonly #minDistanceMs: number;
  readonly #closed = new AbortController();
  /** The read that has not begun yet: whoever asks now shares it. */
  #next: Promise<void> | null = null;
  #current: Promise<void> = Promise.resolve();
  #beganAt = -Infinity;

  constructor(read: () => Promise<void>, minDistanceMs: number) {
    this.#read = read;
    this.#minDistanceMs = minDistanceMs;
  }

  /** Resolves after a read that began after this call. Never rejects; after `close` it resolves at once. */
  refresh(): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.resolve();
    return (this.#next ??= this.#begin());
  }

  /** Resolves when no read is under way any more, and none will be. */
  async close(): Promise<void> {
    this.#closed.abort();
    await (this.#next ?? this.#current);
  }

  async #begin(): Promise<void> {
    await this.#current;
    const waitMs = this.#beganAt + this.#minDistanceMs - performance.now();
    if (waitMs > 0) {
      // Timers that were aborted have nothing more to tell.
      await setTimeout(waitMs, undefined, { signal: this.#closed.signal }).catch(() => undefined);
    }
    this.#next = null;
    if (this.#closed.signal.aborted) return;
    this.#beganAt = performance.now();
    this.#current = this.#read();
    await this.#current;
  }
}
