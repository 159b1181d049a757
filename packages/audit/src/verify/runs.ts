// The runs of events that are held of one chain: those that nothing is decided of yet, and the last that were.
import type { Arrived } from './arrived.js';
import type { HashBudget } from './hash-window.js';
import type { Path } from './path.js';
import type { ReadEvent } from './read-event.js';
import { Segment } from './segment.js';

/** What is settled is kept of so many runs, to know repeats by. */
const maxPast = 8;

export class Runs {
  readonly #budget: HashBudget;
  /** Those since the base; the one that holds the base may begin before it. */
  #open: Segment[] = [];
  /** What the last path went over, but for its top. */
  #past: readonly Segment[] = [];
  /** The one that was last written to. */
  current: Segment | null = null;

  constructor(budget: HashBudget) {
    this.#budget = budget;
  }

  /** In the order in which they began. */
  get open(): readonly Segment[] {
    return this.#open;
  }

  /** Whether the next event of the chain could be this one. */
  follows(sequence: number, previous: string): boolean {
    return this.#open.some((each) => each.next === sequence && each.lastHash === previous);
  }

  /** The hash of an event that is still held; `null` where it is not. */
  hashAt(sequence: number): string | null {
    for (const each of this.#held()) {
      const hash = each.window.at(sequence);
      if (hash !== null) return hash;
    }
    return null;
  }

  holds(sequence: number, hash: string): boolean {
    return this.#held().some((each) => each.holds(sequence, hash));
  }

  /** The run that this event goes on with. */
  extendedBy(event: ReadEvent, sequence: number): Segment | undefined {
    return this.#open.find((each) => each.isExtendedBy(event, sequence));
  }

  begin(event: ReadEvent, sequence: number, arrived: Arrived): Segment {
    const segment = new Segment(event, sequence, arrived, this.current, this.#budget);
    this.#open.push(segment);
    return segment;
  }

  /** What the path went over up to there becomes the past; what it did not is dropped. */
  settle(path: Path, top: Segment, sequence: number): void {
    for (const each of this.#past) each.window.release();
    const kept = this.#open.filter((each) => each === top || each.start > sequence);
    this.#past = this.#open.filter((each) => !kept.includes(each) && path.used.has(each)).slice(-maxPast);
    for (const each of this.#open)
      if (!kept.includes(each) && !this.#past.includes(each)) each.window.release();
    this.#open = kept;
  }

  #held(): readonly Segment[] {
    return this.#past.length === 0 ? this.#open : [...this.#open, ...this.#past];
  }
}
