// Keeps junk from being amplified: above a rate, what nothing can cure is kept as offsets and a digest, not copied.
import { createHash } from 'node:crypto';
import { isRedrivable, type Rejected } from '@sealwire/core';

/** How many a partition may reject for one reason at once, and each second from then on, before they are ranges. */
export interface JunkRate {
  readonly burst: number;
  readonly perSecond: number;
}

const defaultRate: JunkRate = { burst: 1000, perSecond: 100 };

interface Bucket {
  left: number;
  filledMs: number;
}

/**
 * Rates are counted by partition and reason. What could be honest, because something can cure its rejection, is never
 * counted and always kept whole. Plaintext is counted: no signature vouches that anybody made it in earnest.
 */
export class JunkLimit {
  readonly #rate: JunkRate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: JunkRate = defaultRate) {
    this.#rate = rate;
  }

  /**
   * @param rejected of one partition, in its order
   * @returns those that are kept as they are, and one for each reason that stands for the rest; the same array where
   *   there is no rest
   */
  divide(rejected: readonly Rejected[], nowMs: number): readonly Rejected[] {
    const kept: Rejected[] = [];
    const rest = new Map<string, Rejected[]>();
    for (const one of rejected) {
      if ((isRedrivable(one.code) && one.wasPlain !== true) || this.#takes(one, nowMs)) kept.push(one);
      else rest.set(one.code, [...(rest.get(one.code) ?? []), one]);
    }
    if (rest.size === 0) return rejected;
    for (const same of rest.values()) kept.push(same.length === 1 ? same[0]! : rangeOf(same));
    return kept;
  }

  #takes({ code, received: { source } }: Rejected, nowMs: number): boolean {
    const { burst, perSecond } = this.#rate;
    const name = source.transport === 'kafka' ? `${source.topic}/${source.partition}/${code}` : code;
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) this.#buckets.set(name, (bucket = { left: burst, filledMs: nowMs }));
    bucket.left = Math.min(burst, bucket.left + ((nowMs - bucket.filledMs) / 1000) * perSecond);
    bucket.filledMs = nowMs;
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }
}

/** The first of them, with what is needed to find all of them in the topic and to know them again. */
function rangeOf(rejected: readonly Rejected[]): Rejected {
  const digest = createHash('sha256');
  const runs: { readonly first: bigint; last: bigint }[] = [];
  for (const { recordHash, received } of rejected) {
    digest.update(recordHash);
    const offset = BigInt((received.source as { readonly offset: string }).offset);
    const run = runs.at(-1);
    if (run?.last === offset - 1n) run.last = offset;
    else runs.push({ first: offset, last: offset });
  }
  const offsets = runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
  const range = { count: rejected.length, offsets, digest: digest.digest() };
  return { ...rejected[0]!, range };
}
