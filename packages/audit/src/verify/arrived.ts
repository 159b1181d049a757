import type { Place } from './finding.js';

/** How an event came. */
export interface Arrived {
  /** Its leaf hash. */
  readonly hash: string;
  readonly place: Place;
  /** Grows with every event of the trail. */
  readonly arrival: number;
  /** When the broker appended it, otherwise when it says to have happened. */
  readonly atMs: number | null;
}
