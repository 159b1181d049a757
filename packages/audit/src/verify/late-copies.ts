// Tells copies that a writer’s own sends brought late from those that somebody put there.
import type { ParsedNote } from '../chain/parse-note.js';
import type { Copies } from './copies.js';
import type { HashBudget } from './hash-window.js';
import { NamedEvents } from './named-events.js';

/** What a checkpoint says of events that may stand again. */
export type NamedAgain = Pick<ParsedNote, 'first' | 'size' | 'again'>;

/** The hash of an event, where it is still held. */
export type HashAt = (sequence: number) => string | null;

const maxNamed = 256;
const maxWaiting = 1_000;

/** Of one chain. Copies wait for the next checkpoint: the one that vouches for them may come behind them. */
export class LateCopies {
  readonly #tell: (copies: Copies) => void;
  readonly #budget: HashBudget;
  #waiting: Copies[] = [];
  #named: NamedEvents[] = [];
  #own = 0;

  /** @param tell is told of those that nobody vouches for */
  constructor(tell: (copies: Copies) => void, budget: HashBudget) {
    this.#tell = tell;
    this.#budget = budget;
  }

  /** Copies that were the writer’s. */
  get own(): number {
    return this.#own;
  }

  /** Whether this is an event of which a checkpoint says that it may stand again, as it was. */
  knows(sequence: number, hash: string): boolean {
    return this.#named.some((each) => each.holds(sequence, hash));
  }

  add(copies: Copies): void {
    this.#waiting.push(copies);
    if (this.#waiting.length > maxWaiting) this.#tell(this.#waiting.shift()!);
  }

  /** A checkpoint that is its writer’s. */
  name({ first, size, again }: NamedAgain, atMs: number | null, hashAt: HashAt): void {
    if (again) this.#named.push(new NamedEvents(first, first + size - 1, atMs, hashAt, this.#budget));
  }

  /** A checkpoint that is good, of events that are proven. */
  judge(checkpoint: NamedAgain, atMs: number | null, hashAt: HashAt): void {
    this.name(checkpoint, atMs, hashAt);
    // What waits came before this checkpoint: perhaps in time for one that is too old for what comes now.
    this.end();
    const kept = this.#named.filter((each) => each.isInTime(atMs)).slice(-maxNamed);
    for (const each of this.#named) if (!kept.includes(each)) each.release();
    this.#named = kept;
  }

  /** Nothing more comes: what no checkpoint has named until now is nobody’s. */
  end(): void {
    for (const copies of this.#waiting.splice(0)) {
      if (this.#areNamed(copies)) this.#own += copies.count;
      else this.#tell(copies);
    }
  }

  #areNamed({ first, last, atMs }: Copies): boolean {
    let next = first;
    // They ascend: a checkpoint is over what the one before it does not cover.
    for (const each of this.#named)
      if (each.first <= next && each.last >= next && each.isInTime(atMs)) next = each.last + 1;
    return next > last;
  }
}
