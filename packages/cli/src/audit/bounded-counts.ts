// Counts by name, of which only so many are kept apart.

/** The most frequent need not be among those that are kept: kept is what comes first. */
export class BoundedCounts<Counts extends object> {
  readonly #kept = new Map<string, Counts>();
  readonly #max: number;
  readonly #make: (name: string | null) => Counts;
  #others: Counts | null = null;

  /** @param make the counts of a new name; of `null`, of all that are not kept apart */
  constructor(max: number, make: (name: string | null) => Counts) {
    this.#max = max;
    this.#make = make;
  }

  of(name: string): Counts {
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    if (this.#kept.size >= this.#max) return (this.#others ??= this.#make(null));
    const made = this.#make(name);
    this.#kept.set(name, made);
    return made;
  }

  /** Those of a name that is kept; otherwise those of all others. Makes none. */
  known(name: string): Counts {
    return this.#kept.get(name) ?? (this.#others ??= this.#make(null));
  }

  get all(): readonly Counts[] {
    return [...this.#kept.values()];
  }

  get others(): Counts | null {
    return this.#others;
  }
}
