// Where a rebuild would have to begin, from what the clock said along the log (SPEC.md R-14).

/** Fractions of the window that are told apart: how much more than needed a rebuild reads at most. */
const steps = 32;

interface Milestone {
  readonly offset: number;
  /** Nothing below the offset was judged later than this. */
  readonly clockMs: number;
}

export class Milestones {
  readonly #windowMs: number;
  /** Nothing below it matters any more. */
  #floor: number;
  #milestones: Milestone[] = [];

  constructor(windowMs: number, floor: number) {
    this.#windowMs = windowMs;
    this.#floor = floor;
  }

  /** Everything below an offset has been judged, the latest as of this time. */
  passed(offset: number, clockMs: number): void {
    const last = this.#milestones.at(-1);
    if (last !== undefined && (clockMs < last.clockMs + this.#windowMs / steps || offset <= last.offset))
      return;
    this.#milestones.push({ offset, clockMs });
  }

  back(offset: number): void {
    this.#milestones = this.#milestones.filter((each) => each.offset <= offset);
  }

  /** The lowest offset of which something may be fresh, for a state as of `offset` and its clock. */
  since(offset: number, clockMs: number): number {
    let since = this.#floor;
    for (const each of this.#milestones)
      if (each.offset <= offset && each.clockMs + this.#windowMs < clockMs && each.offset > since)
        since = each.offset;
    return since;
  }

  /** Nothing will go back below this offset: forgets what it does not need. */
  settled(offset: number, clockMs: number): void {
    this.#floor = this.since(offset, clockMs);
    this.#milestones = this.#milestones.filter((each) => each.offset > this.#floor);
  }
}
