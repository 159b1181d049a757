// Events of one chain that stand once more.
import type { Place } from './finding.js';

/** Copies that come one behind the other. */
export interface Copies {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly place: Place;
  /** When the last of them came, as far as that is known. */
  readonly atMs: number | null;
}
