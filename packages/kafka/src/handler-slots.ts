// How many handlers of one consumer run at once. Batches whose handler is done are audited and committed beside the next.

/** As many as the application asked for, taken in the order in which they were asked for. */
export class HandlerSlots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Resolves when there is a slot. @returns what gives it back; only its first call counts */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      const next = this.#waiting.shift();
      // Handed over directly: who comes in between must not overtake.
      if (next === undefined) this.#free++;
      else next();
    };
  }
}
