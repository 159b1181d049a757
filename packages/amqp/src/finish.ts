// Marks messages as done: after their audit events are safe, before they are acknowledged.
import type { ClaimGuard, HeldClaim } from '@sealwire/core';
import type { Delivery } from './delivery.js';
import { pause, type HoldTimes } from './hold.js';
import { Reasons } from './reasons.js';

export interface Finishing {
  readonly claims?: ClaimGuard | null;
  readonly times: HoldTimes;
  held(error: unknown): void;
  resumed(): void;
}

/**
 * One call of the store for all. Tries until it works, or `hurry` ends it.
 * @returns the deliveries whose message another delivery is being handled for now: not done, not to be acknowledged yet;
 * `null` where nothing is known
 */
export async function finish(
  deliveries: readonly Delivery[],
  context: Finishing,
  hurry: AbortSignal,
): Promise<ReadonlySet<Delivery> | null> {
  const { claims, times } = context;
  const claimed = deliveries.filter(({ claim }) => claim !== null);
  if (claims == null || claimed.length === 0) return new Set();
  const asked: readonly HeldClaim[] = claimed.map(({ claim }) => claim!);
  const reasons = new Reasons();
  for (let attempt = 0; ; attempt++) {
    try {
      const done = await claims.done(asked);
      if (attempt > 0) context.resumed();
      const lost = claimed.filter((_, i) => done[i] !== true);
      for (const delivery of claimed) if (!lost.includes(delivery)) delivery.claim = null;
      return new Set(lost);
    } catch (error) {
      if (reasons.isNew(error)) context.held(error);
      if (!(await pause(attempt, times, hurry))) return null;
    }
  }
}
