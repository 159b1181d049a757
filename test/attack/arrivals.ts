// A list that grows, and waiting for it to have what one looks for.

/** How long an honest message or a verdict may take before it counts as lost, in ms. Nothing waits that long when all is well. */
const patienceMs = 120_000;

export class Arrivals<Item> {
  readonly items: Item[] = [];
  readonly #waiting = new Set<() => void>();

  add(item: Item): void {
    this.items.push(item);
    for (const check of [...this.#waiting]) check();
  }

  /** @returns whether `found` became true in time */
  until(found: (items: readonly Item[]) => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (result: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(result);
      };
      const check = (): void => {
        if (found(this.items)) end(true);
      };
      const timer = setTimeout(() => end(false), patienceMs);
      this.#waiting.add(check);
      check();
    });
  }
}
