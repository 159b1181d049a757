// Tells events that their writer wrote again from copies that somebody put there.
import type { Place } from './finding.js';

/** Copies that are no writer's. */
export interface Copies {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly place: Place;
}

/** Repeats since the last new event: each is the one after the repeat before it, or an earlier one; the last is the newest. */
export class Repeats {
  #first = 0;
  #highest = 0;
  #last = 0;
  #count = 0;
  #place: Place = {};
  #own = 0;

  /** Events that were written again. */
  get own(): number {
    return this.#own;
  }

  /** An event that stands there already. @returns copies before it that are now known to be nobody’s repeats */
  take(sequence: number, newest: number, place: Place): Copies | null {
    const broken = this.#count > 0 && sequence > this.#last + 1 ? this.end() : null;
    if (this.#count === 0) {
      this.#first = this.#highest = sequence;
      this.#place = place;
    }
    this.#first = Math.min(this.#first, sequence);
    this.#highest = Math.max(this.#highest, sequence);
    this.#last = sequence;
    this.#count++;
    if (sequence === newest) {
      this.#own += this.#count;
      this.#count = 0;
    }
    return broken;
  }

  /** A new event comes, or none any more. @returns the copies before it, if they did not reach the newest */
  end(): Copies | null {
    if (this.#count === 0) return null;
    const copies = { first: this.#first, last: this.#highest, count: this.#count, place: this.#place };
    this.#count = 0;
    return copies;
  }
}
