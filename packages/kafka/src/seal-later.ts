// Sealing with a key store that answers later, and may be away: in order, and within the time-out of the send.
import { InabilityError, type Outgoing, type Outlet, type Sealed } from '@sealwire/core';

const firstPauseMs = 100;
const longestPauseMs = 1000;

/** Seals for one producer. Sends come out in the order in which they were called, also where they had to wait. */
export class SealLater {
  readonly #outlet: Outlet;
  /** The send that tries again while the key store is away; the others wait behind it. */
  #stalled: Promise<void> | null = null;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /**
   * Nothing is sent unsigned: where the key store is away, it is asked again until the send's time is over.
   * @throws InabilityError ERR_UNABLE_KEY_STORE after `timeoutMs`; what `outlet.sealLater` throws
   */
  async seal(batch: readonly Outgoing[], timeoutMs: number): Promise<readonly Sealed[]> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      while (this.#stalled !== null) await this.#stalled;
      try {
        return await this.#outlet.sealLater(batch);
      } catch (error) {
        if (!isAway(error) || performance.now() >= deadlineMs) throw error;
        // Others may have failed in the same turn: the first of them tries, the rest wait for it.
        if (this.#stalled === null) return await this.#tryAgain(batch, deadlineMs);
      }
    }
  }

  async #tryAgain(batch: readonly Outgoing[], deadlineMs: number): Promise<readonly Sealed[]> {
    let release: () => void = () => undefined;
    this.#stalled = new Promise((resolve) => (release = resolve));
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
        const leftMs = deadlineMs - performance.now();
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(pauseMs, leftMs))));
        try {
          return await this.#outlet.sealLater(batch);
        } catch (error) {
          if (!isAway(error) || performance.now() >= deadlineMs) throw error;
        }
      }
    } finally {
      this.#stalled = null;
      release();
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof InabilityError && error.code === 'ERR_UNABLE_KEY_STORE';
}
