// Places of a chain where events are missing, until they are told of or filled.
import type { Hole } from './path.js';

const maxHoles = 256;

/** What an event from before what is settled is: it was missing, it is another than was, or nobody knows what was there. */
export type Filling = 'filled' | 'another' | 'nowhere';

export class Holes {
  readonly #tell: (hole: Hole) => void;
  #holes: Hole[] = [];

  /** @param tell is told of what stays a hole */
  constructor(tell: (hole: Hole) => void) {
    this.#tell = tell;
  }

  /** Of too many the oldest is told of. */
  add(hole: Hole): void {
    this.#holes.push(hole);
    if (this.#holes.length > maxHoles) this.#tell(this.#holes.shift()!);
  }

  /** @param previous what the event says of the one before it */
  fill(sequence: number, hash: string, previous: string): Filling {
    const at = this.#holes.findIndex((hole) => sequence >= hole.first && sequence <= hole.last);
    const hole = this.#holes[at];
    if (hole === undefined) return 'nowhere';
    if (sequence === hole.last && hole.hash !== null && hole.hash !== hash) return 'another';
    const parts = [
      { ...hole, last: sequence - 1, hash: previous },
      { ...hole, first: sequence + 1 },
    ];
    this.#holes.splice(at, 1, ...parts.filter(({ first, last }) => first <= last));
    return 'filled';
  }

  /** Nothing more comes. */
  end(): void {
    for (const hole of this.#holes) this.#tell(hole);
  }
}
