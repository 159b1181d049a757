// The newest leaf hashes of a run of events, by sequence, in bounded memory.

/** How many hashes all windows of a verifier may hold together beyond their first few. */
export interface HashBudget {
  left: number;
}

const hashBytes = 32;
const firstHashes = 32;
/** Room for the events of two checkpoints, and what was repeated before. */
const maxHashes = 32_768;

export class HashWindow {
  readonly #budget: HashBudget;
  #bytes = Buffer.allocUnsafeSlow(firstHashes * hashBytes);
  /** Sequence of the oldest that is held, and where in the bytes it stands. */
  #first: number;
  #from = 0;
  #count = 0;

  /** @param first sequence of the first that will be appended */
  constructor(first: number, budget: HashBudget) {
    this.#first = first;
    this.#budget = budget;
  }

  get first(): number {
    return this.#first;
  }

  get next(): number {
    return this.#first + this.#count;
  }

  append(hash: string): void {
    if ((this.#from + this.#count + 1) * hashBytes > this.#bytes.length) this.#makeRoom();
    this.#bytes.write(hash, (this.#from + this.#count) * hashBytes, 'latin1');
    this.#count++;
  }

  /** `null` where it is not held. */
  at(sequence: number): string | null {
    const index = sequence - this.#first;
    if (index < 0 || index >= this.#count) return null;
    const at = (this.#from + index) * hashBytes;
    return this.#bytes.toString('latin1', at, at + hashBytes);
  }

  /** Forgets all but the newest. */
  keep(hashes: number): void {
    if (this.#count <= hashes) return;
    const drop = this.#count - hashes;
    this.#from += drop;
    this.#first += drop;
    this.#count = hashes;
  }

  /** Gives its share of the budget back; not to be used afterwards. */
  release(): void {
    this.#budget.left += this.#bytes.length / hashBytes - firstHashes;
    this.#bytes = Buffer.alloc(0);
    this.#count = 0;
  }

  #makeRoom(): void {
    const room = this.#bytes.length / hashBytes;
    if (this.#from < room / 2) {
      const more = Math.min(room, maxHashes - room);
      if (more > 0 && this.#budget.left >= more) {
        this.#budget.left -= more;
        const bytes = Buffer.allocUnsafeSlow((room + more) * hashBytes);
        this.#bytes.copy(bytes, 0, this.#from * hashBytes);
        this.#bytes = bytes;
        this.#from = 0;
        return;
      }
      this.keep(Math.floor(room / 2));
    }
    this.#bytes.copyWithin(0, this.#from * hashBytes);
    this.#from = 0;
  }
}
