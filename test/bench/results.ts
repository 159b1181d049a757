// The figures of a run: one flat object for machines, one table for people.

/** Collects figures under dotted keys. */
export class Results {
  readonly #values = new Map<string, number>();
  readonly #notes: string[] = [];

  set(key: string, value: number): void {
    this.#values.set(key, Number(value.toPrecision(4)));
  }

  /** What a reader of the figures has to know. */
  note(line: string): void {
    this.#notes.push(line);
  }

  json(): string {
    return JSON.stringify(Object.fromEntries(this.#values));
  }

  table(): string {
    const width = Math.max(...[...this.#values.keys()].map((key) => key.length));
    const rows = [...this.#values].map(([key, value]) => `${key.padEnd(width)}  ${value}`);
    return [...rows, '', ...this.#notes.map((note) => `* ${note}`)].join('\n');
  }
}
