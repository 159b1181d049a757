// The random numbers of a run: the same seed makes the same plan of faults, though not the same interleaving.

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1, as `Math.random` (mulberry32). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.next() * items.length)]!;
  }
}

/** A fair sample, bounded, of all that it was ever given; its newer half is of the latest. */
export class Sample<Item> {
  readonly #size: number;
  readonly #chance: Chance;
  #kept: Item[] = [];
  #latest: Item[] = [];
  #seen = 0;

  constructor(size: number, chance: Chance) {
    this.#size = size;
    this.#chance = chance;
  }

  add(item: Item): void {
    this.#seen++;
    if (this.#kept.length < this.#size) this.#kept.push(item);
    else if (this.#chance.next() < this.#size / this.#seen)
      this.#kept[Math.floor(this.#chance.next() * this.#size)] = item;
    this.#latest.push(item);
    if (this.#latest.length > 64) this.#latest.shift();
  }

  /** Half of the time one of the last few, which may be in flight; otherwise one from any time. */
  pick(): Item | undefined {
    const from = this.#chance.next() < 0.5 ? this.#latest : this.#kept;
    return from.length === 0 ? undefined : this.#chance.pick(from);
  }
}
