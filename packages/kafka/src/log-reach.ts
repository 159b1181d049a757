// How far back the log of a partition must be read to know what was accepted, and whether it reaches there.
import type { TopicOffsets } from './special-offsets.js';

export interface LogParts {
  readonly bounds: (topic: string) => Promise<TopicOffsets>;
  /** Of each partition the first offset that is as young as this, or where it ends. */
  readonly offsetsAt: (
    topic: string,
    timestampMs: number,
  ) => Promise<readonly { readonly partition: number; readonly offset: string }[]>;
}

/** Where reading is to go on, and when what lies there was appended. */
export interface ReadingAt {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** `null` where the broker does not stamp it. */
  readonly appendedAtMs: number | null;
}

export interface LogReach {
  /** Where to begin; the same offset where there is nothing to read. */
  readonly from: number;
  /** Whether nothing is missing before it. Without the broker’s stamps that is as good as the producers’ times are. */
  readonly complete: boolean;
}

/**
 * @param windowMs how old a message may be and still be taken, with what clocks may be apart
 * @param since nothing below it matters; 0 where that is not known
 */
export async function logReach(
  { bounds, offsetsAt }: LogParts,
  { topic, partition, offset, appendedAtMs }: ReadingAt,
  windowMs: number,
  since: number,
): Promise<LogReach> {
  const low = Number((await bounds(topic)).find((each) => each.partition === partition)?.low ?? 0);
  if (low === 0 && since === 0 && appendedAtMs === null) return { from: 0, complete: true };
  const windowStartMs = Math.max((appendedAtMs ?? Date.now()) - windowMs, 0);
  const young = (await offsetsAt(topic, windowStartMs)).find((each) => each.partition === partition);
  const youngest = Number(young?.offset ?? low);
  const from = Math.max(low, since, appendedAtMs === null ? 0 : Math.min(youngest, offset));
  return { from: Math.min(from, offset), complete: low === 0 || low <= since || low < youngest };
}
