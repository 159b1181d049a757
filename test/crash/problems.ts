// Counts what should not be, and keeps the first few of each sort to look at.

const keptOfEach = 8;

export class Problems {
  readonly lines: string[] = [];
  readonly #counts = new Map<string, number>();

  add(sort: string, what: string): void {
    const count = this.count(sort) + 1;
    this.#counts.set(sort, count);
    if (count <= keptOfEach) this.lines.push(`${sort}: ${what}`);
  }

  count(sort: string): number {
    return this.#counts.get(sort) ?? 0;
  }
}

/** Puts values under their keys, in their order. */
export function grouped<Value>(values: Iterable<Value>, key: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const name = key(value);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [value]);
    else group.push(value);
  }
  return groups;
}
