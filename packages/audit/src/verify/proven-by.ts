// How many events a good checkpoint proves.
import type { Path } from './path.js';

/** How many events a checkpoint proves: those in its tree, and those before which it reaches through hashes alone. */
export function provenBy(
  { used, mismatches, holes, bottom }: Path,
  first: number,
  floor: number,
  altered: number,
): number {
  const breaks = [...mismatches.map(({ sequence }) => sequence), ...holes.map(({ last }) => last)];
  const lowest = Math.max(
    floor,
    bottom,
    ...breaks.filter((sequence) => sequence < first).map((sequence) => sequence + 1),
  );
  let count = -altered;
  for (const [segment, upTo] of used) count += Math.max(0, upTo - Math.max(segment.start, lowest) + 1);
  return Math.max(0, count);
}
