// Who handles which message now, and the one rule by which claims are granted, held, finished and given up.
import type { ClaimAnswer } from '@sealwire/core';
import { keyOf, type KeptClaim } from './kept-claim.js';

/** The lasting half of a store: what was handled to the end. */
export interface DoneSet {
  /** `forgotten`: the message is older than what is remembered for certain. */
  ask(claims: readonly KeptClaim[], nowMs: number): readonly ('open' | 'done' | 'forgotten')[];
  /** Lasting when it returns. */
  add(claims: readonly KeptClaim[], nowMs: number): void;
}

interface Lease {
  readonly owner: string;
  readonly untilMs: number;
}

/**
 * Leases live in memory only: they are of this process, which alone may open the done set, and end with it. Their time is
 * monotonic, so that setting the clock ends none.
 */
export class ClaimTable {
  readonly #done: DoneSet;
  readonly #monotonicMs: () => number;
  readonly #leases = new Map<string, Lease>();

  constructor(done: DoneSet, monotonicMs: () => number = () => performance.now()) {
    this.#done = done;
    this.#monotonicMs = monotonicMs;
  }

  claim(claims: readonly KeptClaim[], leaseMs: number, nowMs: number): readonly ClaimAnswer[] {
    const kept = this.#done.ask(claims, nowMs);
    const atMs = this.#monotonicMs();
    return claims.map((claim, i): ClaimAnswer => {
      const state = kept[i]!;
      if (state !== 'open') return { state };
      const key = keyOf(claim);
      const lease = this.#leases.get(key);
      if (lease !== undefined && lease.owner !== claim.owner && lease.untilMs > atMs)
        return { state: 'held', leaseLeftMs: lease.untilMs - atMs };
      this.#leases.set(key, { owner: claim.owner, untilMs: atMs + leaseMs });
      return { state: 'granted' };
    });
  }

  /** A lease that ended is renewed as long as nobody else took it. */
  renew(claims: readonly KeptClaim[], leaseMs: number): readonly boolean[] {
    const untilMs = this.#monotonicMs() + leaseMs;
    return claims.map((claim) => {
      const lease = this.#leases.get(keyOf(claim));
      if (lease !== undefined && lease.owner !== claim.owner) return false;
      this.#leases.set(keyOf(claim), { owner: claim.owner, untilMs });
      return true;
    });
  }

  /** An owner whose lease another has taken over does not write. */
  done(claims: readonly KeptClaim[], nowMs: number): readonly boolean[] {
    const atMs = this.#monotonicMs();
    const may = claims.map((claim) => {
      const lease = this.#leases.get(keyOf(claim));
      return lease === undefined || lease.owner === claim.owner || lease.untilMs <= atMs;
    });
    const written = claims.filter((_, i) => may[i]);
    if (written.length > 0) this.#done.add(written, nowMs);
    for (const claim of written) this.#leases.delete(keyOf(claim));
    return may;
  }

  release(claims: readonly KeptClaim[]): void {
    for (const claim of claims) {
      const key = keyOf(claim);
      if (this.#leases.get(key)?.owner === claim.owner) this.#leases.delete(key);
    }
  }
}
