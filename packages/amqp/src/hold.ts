// Waiting out an inability: try again with growing pauses, lose nothing, stop when told.
import { setTimeout as sleep } from 'node:timers/promises';

/** Times of a hold, in ms. */
export interface HoldTimes {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Held longer than this, deliveries are returned to their queue, well before the broker’s consumer_timeout. */
  readonly returnAfterMs: number;
}

export const defaultHoldTimes: HoldTimes = { firstMs: 100, maxMs: 30_000, returnAfterMs: 60_000 };

/**
 * Pauses before another attempt.
 * @param attempt counted from 0
 * @returns false where `signal` ended the wait
 */
export async function pause(attempt: number, times: HoldTimes, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const base = Math.min(times.maxMs, times.firstMs * 2 ** Math.min(attempt, 16));
  try {
    // Spread, so that a fleet does not come back in step.
    await sleep(base * (0.8 + Math.random() * 0.2), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
