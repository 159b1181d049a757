// Which records consumers have done with for good, and what their events go by.
import { atPlace, deliveredBy, taggedBy, type Taken } from './account-audit.ts';
import type { Commit, Handling } from './history.ts';

export interface KafkaTakings {
  readonly handlings: readonly Handling[];
  /** Confirmed ones. */
  readonly commits: readonly Commit[];
  /** By the name of a worker’s life. */
  readonly pids: ReadonlyMap<string, number>;
  /** Places of all records. */
  readonly places: Iterable<string>;
  /** The group’s offsets as the broker has them in the end, by `topic/partition`. */
  readonly committed: ReadonlyMap<string, number>;
}

/**
 * What a process handled and committed itself has an event of that process: that another one handled it too is no excuse.
 * Every other record below the group’s offsets has some event of a receiver.
 */
export function takenFromKafka({ handlings, commits, pids, places, committed }: KafkaTakings): Taken[] {
  const furthest = new Map<string, number>();
  for (const { session, topic, partition, offset } of commits) {
    const key = `${session} ${topic}/${partition}`;
    furthest.set(key, Math.max(offset, furthest.get(key) ?? 0));
  }
  const isBelow = (place: string, offset: number | undefined): boolean => offsetOf(place) < (offset ?? 0);
  const own = handlings.filter(({ session, place }) =>
    isBelow(place, furthest.get(`${session} ${partitionOf(place)}`)),
  );
  const named = new Set(own.map(({ place }) => place));
  const others = [...places].filter(
    (place) => !named.has(place) && isBelow(place, committed.get(partitionOf(place))),
  );
  return [
    ...own.map(({ id, place, session }) => ({
      what: `${id} at ${place}, handled in ${session}`,
      names: [deliveredBy(pids.get(session.slice(0, session.indexOf('/'))) ?? 0, place)],
    })),
    ...others.map((place) => ({ what: `${place}, which is committed`, names: [atPlace(place)] })),
  ];
}

const partitionOf = (place: string): string => place.slice(0, place.lastIndexOf('/'));
const offsetOf = (place: string): number => Number(place.slice(place.lastIndexOf('/') + 1));

/** An acknowledgement that a consumer was about to give. */
export interface Acknowledgement {
  /** Of the worker’s life. */
  readonly name: string;
  readonly tag: number;
  readonly messageHash: string;
  readonly recordHash: string;
}

/** Each acknowledgement has an event of its own, whether the message was handled or refused. */
export const takenFromRabbitmq = (
  given: readonly Acknowledgement[],
  pids: ReadonlyMap<string, number>,
): Taken[] =>
  given.map(({ name, tag, messageHash, recordHash }) => {
    const pid = pids.get(name) ?? 0;
    return {
      what: `delivery ${tag} of ${name}, message ${messageHash}`,
      names: [taggedBy(pid, tag, messageHash), taggedBy(pid, tag, recordHash)],
    };
  });
