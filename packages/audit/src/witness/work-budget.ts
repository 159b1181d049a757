// How much work is done for whoever may write: a rate, and what may come at once.

export class WorkBudget {
  readonly #perSecond: number;
  readonly #atOnce: number;
  #left: number;
  #lastMs = performance.now();

  constructor(perSecond: number, atOnce: number) {
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#left = atOnce;
  }

  /** @returns false where there is nothing left: then it is not to be done */
  spend(cost: number): boolean {
    const nowMs = performance.now();
    const earned = ((nowMs - this.#lastMs) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#atOnce, this.#left + earned);
    this.#lastMs = nowMs;
    if (this.#left < cost) return false;
    this.#left -= cost;
    return true;
  }
}
