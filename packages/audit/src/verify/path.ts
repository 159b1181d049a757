// Goes back from one event through what each event says of the one before, over all that was changed on the way.
import type { Place } from './finding.js';
import type { Segment } from './segment.js';

/** An event that is not the one that the event after it names. */
export interface Mismatch {
  readonly sequence: number;
  readonly place: Place;
  /** What the event after it says; 32 latin1 characters. */
  readonly claimed: string;
  /** What stands there. */
  readonly actual: string;
  /** Whether the event after it is itself one that does not fit, so that either may be the altered one. */
  readonly unsure: boolean;
}

export interface Hole {
  readonly first: number;
  readonly last: number;
  /** The hash of its last event, where the one after says it. */
  readonly hash: string | null;
  /** Of the event after it. */
  readonly place: Place;
}

export interface Late {
  readonly first: number;
  readonly last: number;
  readonly place: Place;
  /** The first event that stands before it and comes after it. */
  readonly behind: number;
}

export interface Path {
  /** Which events are on it: of each segment those up to and with this sequence. */
  readonly used: ReadonlyMap<Segment, number>;
  /** The highest sequence first. */
  readonly mismatches: readonly Mismatch[];
  readonly holes: readonly Hole[];
  readonly late: readonly Late[];
  /** Where it ends: the lowest sequence that is on it. */
  readonly bottom: number;
  /** What the lowest says of the one before; `null` where that does not count. */
  readonly below: string | null;
}

export interface From {
  /** The event that the path is of those before. */
  readonly sequence: number;
  /** What it says of the one before. */
  readonly previous: string;
  readonly place: Place;
  readonly arrival: number;
  readonly segment: Segment;
}

/** @param floor the path goes no further down */
export function pathFrom(from: From, segments: readonly Segment[], floor: number): Path {
  const used = new Map<Segment, number>();
  const mismatches: Mismatch[] = [];
  const holes: Hole[] = [];
  const late: Late[] = [];
  let position = from.sequence - 1;
  let want: string | null = from.previous;
  /** Whether who says `want` is an event that is itself as it was written, as far as is known. */
  let sure = true;
  let above: Above = from;
  let bottom = from.sequence;
  while (position >= floor) {
    const wanted: string | null = want;
    let segment: Segment | undefined =
      wanted === null ? undefined : holder(above.segment, segments, position, wanted);
    if (segment === undefined) {
      segment = standing(segments, used, position);
      if (segment === undefined) {
        const below = highestBelow(segments, used, position, floor);
        if (below === null) break;
        holes.push({ first: below + 1, last: position, hash: want, place: above.place });
        position = below;
        want = null;
        sure = false;
        continue;
      }
      if (want !== null) {
        const place: Place = position === segment.next - 1 ? segment.lastPlace : segment.firstPlace;
        const actual = segment.window.at(position) ?? '';
        mismatches.push({ sequence: position, place, claimed: want, actual, unsure: !sure });
        sure = segment.start < position;
      } else sure = true;
    } else sure = true;
    const lateHere = lateOf(segment, position, above);
    if (lateHere !== null) late.push(lateHere);
    used.set(segment, Math.max(position, used.get(segment) ?? -1));
    bottom = Math.max(segment.start, floor);
    position = segment.start - 1;
    want = segment.previous;
    above = { sequence: segment.start, place: segment.firstPlace, arrival: segment.firstArrival, segment };
  }
  return { used, mismatches, holes, late, bottom, below: sure ? want : null };
}

/** Rather the run that goes on with it: of what stands twice the copy is the other. */
function holder(
  above: Segment,
  segments: readonly Segment[],
  position: number,
  hash: string,
): Segment | undefined {
  return above.holds(position, hash) ? above : segments.find((each) => each.holds(position, hash));
}

type Above = Pick<From, 'sequence' | 'place' | 'arrival' | 'segment'>;

/** An event at this place of the chain that is not on the path yet: rather the end of a run than one amid it. */
function standing(
  segments: readonly Segment[],
  used: ReadonlyMap<Segment, number>,
  position: number,
): Segment | undefined {
  let best: Segment | undefined;
  for (const each of segments) {
    if (!each.has(position) || used.has(each) || each.window.at(position) === null) continue;
    if (best === undefined || rank(each, position) > rank(best, position)) best = each;
  }
  return best;
}

const rank = (segment: Segment, position: number): number =>
  (segment.next - 1 === position ? 1e16 : 0) + (position - segment.start);

function highestBelow(
  segments: readonly Segment[],
  used: ReadonlyMap<Segment, number>,
  position: number,
  floor: number,
): number | null {
  let highest: number | null = null;
  for (const { start, next } of segments.filter((each) => !used.has(each))) {
    if (start > position || next - 1 < floor) continue;
    const end = Math.min(next - 1, position);
    if (highest === null || end > highest) highest = end;
  }
  return highest;
}

/** What of a run arrived after what comes behind it in the chain. */
function lateOf(segment: Segment, position: number, above: Above): Late | null {
  if (position !== segment.next - 1 || segment === above.segment || segment.lastArrival < above.arrival)
    return null;
  const { beside } = above.segment;
  const first =
    segment.firstArrival > above.arrival
      ? segment.start
      : beside?.segment === segment
        ? Math.min(Math.max(beside.next, segment.start), position)
        : position;
  return { first, last: position, place: segment.lastPlace, behind: above.sequence };
}
