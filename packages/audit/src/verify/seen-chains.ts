// What checkpoints say to have seen of other chains, against what is there of those.
import type { SeenChain } from '../chain/checkpoint-text.js';
import { hexOfHash } from '../chain/leaf-hash.js';
import { BoundedMap } from './bounded-map.js';
import type { OnFinding, Place } from './finding.js';

/** Who saw it, and where that stands. */
interface Mention {
  readonly seen: SeenChain;
  readonly by: string;
  readonly writer: string;
  readonly place: Place;
  /**
   * Whether what was seen may be older than all that is here: the first checkpoint of that chain that is here says the
   * same, or the mention is among the oldest of what is here.
   */
  readonly isOld: boolean;
}

/** What there is of a chain. */
export interface Standing {
  readonly first: number;
  readonly last: number;
}

/** Checkpoints of all chains whose hashes are remembered. */
const maxCheckpoints = 400_000;
/** A chain that is alive has a checkpoint each hour, which others see a little later. */
const mentionedWithinMs = 2 * 3_600_000;
/** Of what was seen and is not here yet. */
const maxMentions = 100_000;

export class SeenChains {
  readonly #onFinding: OnFinding;
  /** Leaf hashes of checkpoints, by chain and sequence. */
  readonly #checkpoints = new BoundedMap<string>(maxCheckpoints);
  readonly #waiting = new BoundedMap<Mention>(maxMentions);
  /** By chain, and who mentions it: what the first checkpoint of that one said. */
  readonly #firstSaid = new BoundedMap<number>(maxMentions);
  readonly #heard = new BoundedMap<true>(maxMentions);
  #oldestMs = Infinity;
  #uncompared = 0;

  constructor(onFinding: OnFinding) {
    this.#onFinding = onFinding;
  }

  /** What was seen, and could not be compared, because it came too much later or earlier than what it names. */
  get uncompared(): number {
    return this.#uncompared + this.#waiting.forgotten;
  }

  /** A good checkpoint. @param others what it has seen of other chains */
  take(
    chain: string,
    sequence: number,
    hash: string,
    by: {
      readonly writer: string;
      readonly place: Place;
      readonly atMs: number | null;
      readonly seen: readonly SeenChain[];
    },
    standing: (chain: string) => Standing | null,
  ): void {
    const key = keyOf(chain, sequence);
    this.#checkpoints.set(key, hash);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      this.#waiting.delete(key);
      this.#compare(waiting, hexOfHash(hash));
    }
    if (by.atMs !== null && by.atMs < this.#oldestMs) this.#oldestMs = by.atMs;
    const isEarly = (by.atMs ?? 0) < this.#oldestMs + mentionedWithinMs;
    const isFirst = this.#heard.get(chain) === undefined;
    this.#heard.set(chain, true);
    for (const seen of by.seen) {
      if (seen.chain === chain) continue;
      const pair = `${seen.chain}<${chain}`;
      if (isFirst) this.#firstSaid.set(pair, seen.sequence);
      const isOld = isEarly || this.#firstSaid.get(pair) === seen.sequence;
      this.#hear({ seen, by: chain, writer: by.writer, place: by.place, isOld }, standing(seen.chain));
    }
  }

  /** Nothing more comes. @param mayBeginLate whether what was there before may have gone by retention, or was not asked for */
  end(standing: (chain: string) => Standing | null, mayBeginLate: (place: Place) => boolean): void {
    /** Of each chain the furthest that was seen. */
    const furthest = new Map<string, Mention>();
    for (const [, mention] of this.#waiting.entries()) {
      const { chain, sequence } = mention.seen;
      if ((furthest.get(chain)?.seen.sequence ?? -1) < sequence) furthest.set(chain, mention);
    }
    for (const [chain, mention] of furthest) {
      const stands = standing(chain);
      if (stands !== null && stands.last >= mention.seen.sequence) {
        // The event is there, but is no good checkpoint, or is missing: that is told of its own chain.
        continue;
      }
      const gone = stands === null && mention.isOld && mayBeginLate(mention.place);
      this.#tell(
        mention,
        stands === null ? 0 : stands.last + 1,
        stands === null
          ? gone
            ? 'None of it is here. It may have ended before what is here begins.'
            : 'Nothing of it is here.'
          : 'What came after the last event that is here is gone.',
        gone ? 'note' : 'finding',
      );
    }
  }

  #hear(mention: Mention, standing: Standing | null): void {
    const { chain, sequence, leafHash } = mention.seen;
    const key = keyOf(chain, sequence);
    const hash = this.#checkpoints.get(key);
    if (hash !== undefined) this.#compare(mention, hexOfHash(hash));
    else if (standing === null || standing.last < sequence) {
      const other = this.#waiting.get(key);
      if (other !== undefined && other.seen.leafHash !== leafHash)
        this.#tell(mention, sequence, `Another checkpoint stood there than the chain ${other.by} saw.`);
      else if (other === undefined || !mention.isOld) this.#waiting.set(key, mention);
    } else if (sequence >= standing.first) this.#uncompared++;
  }

  #compare(mention: Mention, hash: string): void {
    if (mention.seen.leafHash !== hash)
      this.#tell(
        mention,
        mention.seen.sequence,
        'Another checkpoint stood there than stands there now: the chain was written anew.',
      );
  }

  #tell(
    { seen, by, writer, place }: Mention,
    first: number,
    why: string,
    severity: 'finding' | 'note' = 'finding',
  ): void {
    this.#onFinding({
      kind: 'lost_end',
      severity,
      chain: seen.chain,
      writer: null,
      first,
      last: seen.sequence,
      place,
      why: `${why} A checkpoint of ${writer}, chain ${by}, has seen it up to ${seen.sequence}.`,
    });
  }
}

const keyOf = (chain: string, sequence: number): string => `${chain}:${sequence}`;
