// Which run of events holds the newest of a chain, where no checkpoint tells.
import type { Segment } from './segment.js';

/** A few events that stand further ahead than this are nobody’s end of a chain. */
const farAhead = 1_000_000;

/** Whether the chain’s newest events are rather this run’s: those of the higher sequences, unless hardly anything is there. */
export function isRather(one: Segment, other: Segment, all: readonly Segment[]): boolean {
  const isFar = (each: Segment): boolean =>
    each.next - each.start < 3 &&
    all.every((beside) => beside === each || each.start - beside.next > farAhead);
  if (isFar(one) !== isFar(other)) return isFar(other);
  return one.next > other.next || (one.next === other.next && one.start < other.start);
}
