// Tells events that their writer wrote again from copies that somebody put there.
import type { Copies } from './copies.js';
import type { Place } from './finding.js';
import type { HashBudget } from './hash-window.js';
import { LateCopies, type HashAt, type NamedAgain } from './late-copies.js';

/** Repeats that go back, without a new event between them. */
const maxRuns = 1_000;

/** Repeats since the last new event: each is the one after the repeat before it, or an earlier one; the last is the newest. */
export class Repeats {
  /** Each is of events one behind the other. */
  #runs: Copies[] = [];
  #last = 0;
  #own = 0;
  /** Those that are no such repeats. */
  readonly #late: LateCopies;

  /** @param tell is told of copies that are nobody’s repeats, once that is known */
  constructor(tell: (copies: Copies) => void, budget: HashBudget) {
    this.#late = new LateCopies(tell, budget);
  }

  /** Events that were written again. */
  get own(): number {
    return this.#own + this.#late.own;
  }

  /** Whether a checkpoint said lately of this event that it may stand again. */
  knows(sequence: number, hash: string): boolean {
    return this.#late.knows(sequence, hash);
  }

  /** So many events that were written again. */
  takeAll(count: number): void {
    this.#own += count;
  }

  /** An event that stands there already. @param atMs when it came, or something before it */
  take(sequence: number, newest: number, place: Place, atMs: number | null): void {
    if ((this.#runs.length > 0 && sequence > this.#last + 1) || this.#runs.length > maxRuns) this.end();
    const run = this.#runs.at(-1);
    if (run === undefined || sequence < run.first || sequence > run.last + 1)
      this.#runs.push({ first: sequence, last: sequence, count: 1, place, atMs });
    else {
      const last = Math.max(run.last, sequence);
      this.#runs[this.#runs.length - 1] = { ...run, last, count: run.count + 1, atMs };
    }
    this.#last = sequence;
    if (sequence === newest) this.#own += this.#runs.splice(0).reduce((sum, { count }) => sum + count, 0);
  }

  /** A new event comes. */
  end(): void {
    for (const copies of this.#runs.splice(0)) this.#late.add(copies);
  }

  /** A checkpoint that is its writer’s. @param atMs when it came */
  name(checkpoint: NamedAgain, atMs: number | null, hashAt: HashAt): void {
    this.#late.name(checkpoint, atMs, hashAt);
  }

  /** A checkpoint came that is good. @param atMs when */
  judge(checkpoint: NamedAgain, atMs: number | null, hashAt: HashAt): void {
    this.#late.judge(checkpoint, atMs, hashAt);
  }

  /** Nothing more comes. */
  close(): void {
    this.end();
    this.#late.end();
  }
}
