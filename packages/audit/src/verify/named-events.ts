// Events of which a checkpoint says that they may stand again.
import type { HashBudget } from './hash-window.js';

/** A send is not longer on its way than that. */
const latestMs = 15 * 60_000;
const hashBytes = 32;

/** Holds their hashes, for at thousands of events a second they are long forgotten otherwise when a copy comes. */
export class NamedEvents {
  readonly first: number;
  readonly last: number;
  readonly #atMs: number;
  readonly #budget: HashBudget;
  #hashes: Buffer;

  /** @param budget where it is used up, they are known only for as long as others are */
  constructor(
    first: number,
    last: number,
    atMs: number | null,
    hashAt: (sequence: number) => string | null,
    budget: HashBudget,
  ) {
    this.first = first;
    this.last = last;
    this.#atMs = atMs ?? Infinity;
    this.#budget = budget;
    const count = last - first + 1;
    const held = budget.left >= count ? count : 0;
    budget.left -= held;
    this.#hashes = Buffer.alloc(held * hashBytes);
    for (let at = 0; at < held; at++) this.#hashes.write(hashAt(first + at) ?? '', at * hashBytes, 'latin1');
  }

  holds(sequence: number, hash: string): boolean {
    const at = (sequence - this.first) * hashBytes;
    return at >= 0 && this.#hashes.toString('latin1', at, at + hashBytes) === hash;
  }

  isInTime(atMs: number | null): boolean {
    return (atMs ?? 0) - this.#atMs <= latestMs;
  }

  /** Gives its share of the budget back; not to be used afterwards. */
  release(): void {
    this.#budget.left += this.#hashes.length / hashBytes;
    this.#hashes = Buffer.alloc(0);
  }
}
