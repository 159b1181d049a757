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
  /** When the checkpoint was made that says so. */
  readonly atMs: number;
}

/** What there is of a chain. */
export interface Standing {
  readonly first: number;
  readonly last: number;
  /** Of its first and its last good checkpoint; `null` where there is none. */
  readonly proven: { readonly first: number; readonly last: number } | null;
  /** The hash of an event, where it is still held. */
  hashAt(sequence: number): string | null;
}

/** Checkpoints of all chains whose hashes are remembered. */
const maxCheckpoints = 400_000;
/** What is named was made at most 90 minutes before by the one clock, whose time may be 30 ahead of the other’s. */
const mentionedWithinMs = 3 * 3_600_000;
/** Of what was seen and is not here yet. */
const maxMentions = 100_000;

/** What is known of the whole once nothing more comes. */
export interface SeenEnd {
  readonly standing: (chain: string) => Standing | null;
  /** The first event of a chain that was passed over because it came too late to be asked for. */
  readonly passedFrom: (chain: string) => number | null;
  /** Whether nothing of a chain was asked for that somebody saw at this time. */
  readonly isAhead: (chain: string, seenAtMs: number) => boolean;
  /** From when on everything is here; `null`: from the beginning. */
  readonly wholeFromMs: number | null;
  /** Whether whole chains may stand elsewhere. */
  readonly isPart: boolean;
}

export class SeenChains {
  readonly #onFinding: OnFinding;
  /** Leaf hashes of checkpoints, by chain and sequence. */
  readonly #checkpoints = new BoundedMap<string>(maxCheckpoints);
  readonly #waiting = new BoundedMap<Mention>(maxMentions);
  /** Of each chain the furthest that was seen, also where so much waits that the waiting are forgotten. */
  readonly #furthest = new BoundedMap<Mention>(maxMentions);
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
  ): void {
    const key = keyOf(chain, sequence);
    this.#checkpoints.set(key, hash);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      this.#waiting.delete(key);
      this.#compare(waiting, hexOfHash(hash));
    }
    for (const seen of by.seen) {
      if (seen.chain === chain) continue;
      const { writer, place, atMs } = by;
      this.#hear({ seen, by: chain, writer, place, atMs: atMs ?? 0 });
    }
  }

  /** Nothing more comes. */
  end({ standing, passedFrom, isAhead, wholeFromMs, isPart }: SeenEnd): void {
    for (const [, mention] of this.#waiting.entries()) this.#missed(mention, standing(mention.seen.chain));
    for (const [chain, mention] of this.#furthest.entries()) {
      const stands = standing(chain);
      const passed = passedFrom(chain);
      const upTo = passed === null ? mention.seen.sequence : Math.min(mention.seen.sequence, passed - 1);
      if (stands !== null) {
        if (stands.last < upTo)
          this.#tell(mention, stands.last + 1, 'What came after the last event that is here is gone.');
        continue;
      }
      if (isAhead(chain, mention.atMs)) continue;
      if (isPart) this.#tell(mention, 0, 'None of it is here, in this part of the trail.', 'note');
      else if (mention.atMs < (wholeFromMs ?? -Infinity) + mentionedWithinMs)
        this.#tell(mention, 0, 'None of it is here. It may have ended before what is here begins.', 'note');
      else this.#tell(mention, 0, 'Nothing of it is here.');
    }
  }

  #hear(mention: Mention): void {
    const { chain, sequence, leafHash } = mention.seen;
    const key = keyOf(chain, sequence);
    const furthest = this.#furthest.get(chain);
    if (furthest === undefined || isFurther(mention, furthest)) this.#furthest.set(chain, mention);
    const hash = this.#checkpoints.get(key);
    if (hash !== undefined) {
      this.#compare(mention, hexOfHash(hash));
      return;
    }
    const other = this.#waiting.get(key);
    if (other !== undefined && other.seen.leafHash !== leafHash)
      this.#tell(mention, sequence, `Another checkpoint stood there than the chain ${other.by} saw.`);
    else this.#waiting.set(key, mention);
  }

  /** What was seen, and never came as a good checkpoint. */
  #missed(mention: Mention, stands: Standing | null): void {
    const { sequence } = mention.seen;
    // Of what is gone in front or behind, and of whole chains, the furthest tells.
    if (stands === null || sequence < stands.first || sequence > stands.last) return;
    const hash = stands.hashAt(sequence);
    const { first, last } = stands.proven ?? { first: 0, last: -1 };
    if (hash !== null) this.#compare(mention, hexOfHash(hash));
    // Its tree reaches back to events that are not here; or it was good, and so many others were that it is forgotten.
    else if (sequence < first || (sequence <= last && this.#checkpoints.forgotten > 0)) this.#uncompared++;
    else this.#tell(mention, sequence, 'The checkpoint that was seen does not stand there.');
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

const isFurther = (one: Mention, other: Mention): boolean =>
  one.seen.sequence > other.seen.sequence ||
  (one.seen.sequence === other.seen.sequence && one.atMs > other.atMs);

const keyOf = (chain: string, sequence: number): string => `${chain}:${sequence}`;
