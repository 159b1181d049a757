// Which events are of the time that was asked for. What they say of their time is nobody’s word until a checkpoint covers it.
import { leafHash } from '../chain/leaf-hash.js';
import type { ReadEvent } from './read-event.js';

/** Chains that are remembered; of others each event is judged by its own time. */
const maxChains = 100_000;
/** How far a clock may be ahead of another’s whose owner still names its checkpoints. */
const aheadMs = 30 * 60_000;

/** By chain, for it is the order of a chain that counts. */
export class AskedTime {
  readonly #sinceMs: number;
  readonly #untilMs: number;
  /** Chains of which an event of a later time came. They are read on to the checkpoint that vouches for it: anybody can have put it there. */
  readonly #ending = new Set<string>();
  /** Chains that are at their end, and the first sequence behind it. */
  readonly #over = new Map<string, number>();
  /** Chains that began later, as far as is known: the hash of the last event that says so. */
  readonly #ahead = new Map<string, string>();

  constructor(sinceMs = -Infinity, untilMs = Infinity) {
    this.#sinceMs = sinceMs;
    this.#untilMs = untilMs;
  }

  /** @param isKnown whether events of its chain were taken */
  passesOver({ chain, timeMs }: ReadEvent, bytes: Buffer, isKnown: boolean): boolean {
    if (this.#over.has(chain)) return true;
    const atMs = timeMs ?? 0;
    if (atMs < this.#untilMs) return atMs < this.#sinceMs && !isKnown;
    if (isKnown) this.#ending.add(chain);
    else if (this.#ahead.size < maxChains || this.#ahead.has(chain)) this.#ahead.set(chain, leafHash(bytes));
    return !isKnown;
  }

  /** Whether this event of a later time, or one before it in its chain was. */
  isBehind(chain: string): boolean {
    return this.#ending.has(chain);
  }

  /** Whether what stood before this event was passed over as later. */
  follows({ chain, previous }: ReadEvent): boolean {
    return this.#ahead.get(chain) === previous;
  }

  /** A good checkpoint, of events that are proven. */
  proven(chain: string, sequence: number): void {
    if (this.#ending.has(chain)) this.#over.set(chain, sequence + 1);
  }

  /** The first sequence of a chain that was passed over because its end had come; `null` where none was. */
  passedFrom(chain: string): number | null {
    return this.#over.get(chain) ?? null;
  }

  /** Whether all that came of a chain is of a later time, and who saw it at this time may have seen just that. */
  isAhead(chain: string, seenAtMs: number): boolean {
    return this.#ahead.has(chain) && seenAtMs + aheadMs >= this.#untilMs;
  }
}
