// Why something waits: each reason is told once, for what was a cut connection at first may turn out to be a lost memory.

/** Of one wait. */
export class Reasons {
  readonly #told = new Set<string>();

  /** False where it was told already. */
  isNew(error: unknown): boolean {
    const text = error instanceof Error ? error.message : String(error);
    if (this.#told.has(text)) return false;
    this.#told.add(text);
    return true;
  }
}
