// Numbers for names that come again and again, of which there may be only so many.

/** Characters of all names together. */
const maxCharacters = 16_000_000;

export class NameTable {
  readonly #numbers = new Map<string, number>();
  readonly #names: (string | null)[] = [null];
  #characters = 0;

  /** 0 where there are too many already, or there is no name. */
  numberOf(name: unknown): number {
    if (typeof name !== 'string') return 0;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    // An entry of a map costs more than a short name.
    if (this.#characters + name.length + 64 > maxCharacters) return 0;
    this.#characters += name.length + 64;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  /** `null` where it is not known. */
  nameOf(number: number): string | null {
    return this.#names[number] ?? null;
  }
}
