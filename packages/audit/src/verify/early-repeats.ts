// Where what is here begins amid what its writer wrote again: repeats that go back to before the first event that is here.
import type { Arrived } from './arrived.js';
import type { HashBudget } from './hash-window.js';
import type { ReadEvent } from './read-event.js';

export interface Taken {
  readonly event: ReadEvent;
  readonly sequence: number;
  readonly arrived: Arrived;
}

/** The first event that is here, and what it says of the one before; `null` where that does not count. */
export interface Beginning {
  readonly sequence: number;
  readonly previous: string | null;
}

/** What goes back further is taken for what somebody put there. */
const maxRepeats = 4_096;
/** An event in memory takes as much as so many hashes. */
const hashesOfEvent = 64;

/** Nothing is known of them before the last of them is the newest event there is: until then all are kept. */
export class EarlyRepeats {
  readonly #budget: HashBudget;
  #repeats: Taken[] = [];

  constructor(budget: HashBudget) {
    this.#budget = budget;
  }

  get isEmpty(): boolean {
    return this.#repeats.length === 0;
  }

  /** @param one from before the beginning, or a copy of what is here. @returns whether it may be one of them */
  add(one: Taken, beginning: Beginning): boolean {
    if (!this.#goesOn(one, beginning) || this.#repeats.length >= maxRepeats) return false;
    if (this.#budget.left < hashesOfEvent) return false;
    this.#budget.left -= hashesOfEvent;
    this.#repeats.push(one);
    return true;
  }

  /** All of them, which are forgotten. */
  clear(): Taken[] {
    this.#budget.left += this.#repeats.length * hashesOfEvent;
    return this.#repeats.splice(0);
  }

  /** Each names the one before, and the first that is here names the last of them: so they are what stood there. */
  #goesOn({ event, sequence }: Taken, beginning: Beginning): boolean {
    const last = this.#repeats.at(-1);
    if (last === undefined) return sequence < beginning.sequence;
    const { hash } = last.arrived;
    const isNext = last.sequence + 1 === beginning.sequence;
    if (sequence === last.sequence + 1 && sequence < beginning.sequence) return event.previous === hash;
    if (isNext && hash !== beginning.previous) return false;
    return last.sequence + 1 >= beginning.sequence && sequence <= last.sequence + 1;
  }
}
