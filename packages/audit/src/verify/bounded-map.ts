// A map that forgets what came first when it is full.

export class BoundedMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #max: number;
  #forgotten = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    if (!this.#entries.has(key) && this.#entries.size >= this.#max) {
      for (const first of this.#entries.keys()) {
        this.#entries.delete(first);
        this.#forgotten++;
        break;
      }
    }
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries();
  }
}
