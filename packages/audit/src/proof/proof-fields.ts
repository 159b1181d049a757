// Takes JSON apart that anybody may have written.
import { FormatError } from '@sealwire/core';

/** @throws FormatError ERR_FORMAT_PROOF */
export function malformed(why: string): never {
  throw new FormatError('ERR_FORMAT_PROOF', `This is no proof, or not as it was written: ${why}.`);
}

/** The members of one object, by name and never by its prototype; `path` says where it stands. */
export class ProofFields {
  readonly #object: object;
  readonly #path: string;

  /** @throws FormatError ERR_FORMAT_PROOF where it is no object; so do all of these */
  constructor(value: unknown, path: string) {
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      malformed(`${path} is no object`);
    this.#object = value;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  get names(): string[] {
    return Object.keys(this.#object);
  }

  value(name: string): unknown {
    return this.has(name) ? (this.#object as Record<string, unknown>)[name] : this.#fail(name, 'is missing');
  }

  integer(name: string, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.value(name);
    const fits = Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
    return fits ? (value as number) : this.#fail(name, 'is no number in its range');
  }

  text(name: string, form: RegExp, maxCharacters: number): string {
    const value = this.value(name);
    const fits = typeof value === 'string' && value.length <= maxCharacters && form.test(value);
    return fits ? value : this.#fail(name, 'is not of its form');
  }

  /** Of one of these lengths. */
  hex(name: string, ...lengths: number[]): Buffer {
    const text = this.text(name, /^(?:[0-9a-f]{2})*$/, 2 * Math.max(...lengths));
    return lengths.includes(text.length / 2)
      ? Buffer.from(text, 'hex')
      : this.#fail(name, 'has another length');
  }

  base64(name: string, maxBytes: number): Buffer {
    return Buffer.from(this.text(name, /^[A-Za-z0-9+/]*={0,2}$/, Math.ceil(maxBytes / 3) * 4), 'base64');
  }

  timeMs(name: string): number {
    const ms = Date.parse(this.text(name, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 24));
    return Number.isNaN(ms) ? this.#fail(name, 'is no time') : ms;
  }

  list<Item>(name: string, most: number, read: (item: ProofFields) => Item): Item[] {
    const value = this.value(name);
    if (!Array.isArray(value) || value.length < 1 || value.length > most)
      return this.#fail(name, `has not 1 to ${most} entries`);
    return value.map((item, place) => read(new ProofFields(item, `${this.#path}.${name}[${place}]`)));
  }

  object(name: string): ProofFields {
    return new ProofFields(this.value(name), `${this.#path}.${name}`);
  }

  #fail(name: string, why: string): never {
    malformed(`${this.#path}.${name} ${why}`);
  }
}
