// Reads a JSON document strictly: every value is asked for by form and bound, and what was not asked for is refused.
import { KeyError } from '@sealwire/core';
import { isName, nameRule } from './agent-name.js';

const lastTimes = new Map<string, number>();
const maxLastTimes = 64;

type Encoding = 'base64' | 'base64url' | 'hex';

/**
 * One value of a document and the place where it stands.
 * Every method throws KeyError ERR_KEY_DIRECTORY with file and place where the value is not what is asked for.
 */
export class DocumentValue {
  readonly place: string;
  readonly #file: string;
  readonly #value: unknown;

  constructor(file: string, place: string, value: unknown) {
    this.#file = file;
    this.place = place;
    this.#value = value;
  }

  /** @param problem says what is wrong and what to do; the value itself is not quoted. */
  fail(problem: string): never {
    const where = this.place === '' ? '' : ` at ${this.place}`;
    throw new KeyError('ERR_KEY_DIRECTORY', `${this.#file}${where}: ${problem}`, {
      reason: 'malformed',
      place: this.place,
    });
  }

  /** @param optional keys that may be missing; any other key is refused, so that a new meaning is never ignored. */
  object<Key extends string, Optional extends string = never>(
    keys: readonly Key[],
    optional: readonly Optional[] = [],
  ): Record<Key, DocumentValue> & Partial<Record<Optional, DocumentValue>> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('must be an object.');
    const found: Record<string, DocumentValue> = {};
    for (const [key, inner] of Object.entries(value)) {
      if (![...keys, ...optional].includes(key as Key & Optional))
        this.fail(`has the unknown key ${JSON.stringify(key.slice(0, 40))}; a newer Sealwire may know it.`);
      found[key] = this.#inner(this.place === '' ? key : `${this.place}.${key}`, inner);
    }
    for (const key of keys) if (found[key] === undefined) this.fail(`lacks "${key}".`);
    return found as Record<Key, DocumentValue> & Partial<Record<Optional, DocumentValue>>;
  }

  /** The members of a map whose keys are not fixed. */
  entries(max: number): [string, DocumentValue][] {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('must be an object.');
    const entries = Object.entries(value);
    if (entries.length > max) this.fail(`has more than ${max} entries.`);
    return entries.map(([key, inner]) => [key, this.#inner(`${this.place}.${key.slice(0, 40)}`, inner)]);
  }

  isNull(): boolean {
    return this.#value === null;
  }

  nothing(): null {
    return this.#value === null ? null : this.fail('must be null.');
  }

  list(max: number): DocumentValue[] {
    if (!Array.isArray(this.#value)) this.fail('must be a list.');
    if (this.#value.length > max) this.fail(`has more than ${max} entries.`);
    return this.#value.map((inner, i) => this.#inner(`${this.place}[${i}]`, inner));
  }

  text(maxLength: number): string {
    if (typeof this.#value !== 'string') this.fail('must be a string.');
    if (this.#value.length > maxLength) this.fail(`is longer than ${maxLength} characters.`);
    return this.#value;
  }

  name(): string {
    const text = this.text(1000);
    return isName(text) ? text : this.fail(`must be a name: ${nameRule}.`);
  }

  integer(min: number, max: number): number {
    const value = this.#value;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : this.fail(`must be a whole number from ${min} to ${max}.`);
  }

  /** One spelling only: what `Date.toISOString` writes. @returns milliseconds since 1970. */
  time(): number {
    const text = this.text(40);
    // A directory repeats a few times thousands of times.
    const before = lastTimes.get(text);
    if (before !== undefined) return before;
    const ms = Date.parse(text);
    if (!Number.isFinite(ms) || ms < 0 || new Date(ms).toISOString() !== text)
      return this.fail('must be a UTC time such as 2026-01-31T12:00:00.000Z.');
    if (lastTimes.size >= maxLastTimes) lastTimes.clear();
    lastTimes.set(text, ms);
    return ms;
  }

  /** One spelling only: canonical, without stray bits or characters. */
  bytes(encoding: Encoding, min: number, max = min): Buffer {
    const text = this.text(max * 2);
    const bytes = Buffer.from(text, encoding);
    if (bytes.toString(encoding) !== text) this.fail(`must be canonical ${spelling[encoding]}.`);
    if (bytes.length >= min && bytes.length <= max) return bytes;
    return this.fail(
      `must hold ${min === max ? min : `${min} to ${max}`} bytes in ${encoding}; it holds ${bytes.length}.`,
    );
  }

  #inner(place: string, value: unknown): DocumentValue {
    return new DocumentValue(this.#file, place, value);
  }
}

const spelling = {
  base64: 'base64 with padding',
  base64url: 'base64url without padding',
  hex: 'lower-case hex',
} as const;
