// What is wrong with one payload: places and rules, in a bounded number, and never a word of the payload.
import { ValidationError } from '@sealwire/core';

/** So many places of a schema are listed, each with how often it is broken. */
const maxListed = 100;
/** So many violations are looked at; beyond that they are counted only. */
const maxGrouped = 10_000;
/** Where alternatives are tried one after the other. */
const stepsPerValue = 20;

/** Thrown where telling union branches apart takes more steps than the payload is worth. */
class TooManySteps extends Error {}

/** One rule at one place of the schema. */
interface Listed {
  /** Where the payload breaks it first. */
  readonly text: string;
  times: number;
}

/**
 * Collects the violations of one payload: all of them, those of one rule at one place of the schema (whatever the
 * position in an array) together. Names in a path are the schema’s, never the payload’s.
 */
export class Findings {
  /** Names of fields, positions in arrays, `*` for an entry of a map. */
  readonly path: (string | number)[] = [];
  readonly #listed = new Map<string, Listed>();
  #count = 0;
  #unlisted = 0;
  #trials = 0;
  #steps = Infinity;

  add(rule: string): void {
    this.addAt(this.path, rule);
  }

  addAt(path: readonly (string | number)[], rule: string): void {
    this.#count++;
    if (this.#trials > 0) return;
    if (this.#count > maxGrouped) {
      this.#unlisted++;
      return;
    }
    const place = `${path.map((step) => (typeof step === 'number' ? '/*' : `/${step}`)).join('')}: ${rule}`;
    const known = this.#listed.get(place);
    if (known !== undefined) known.times++;
    else if (this.#listed.size < maxListed)
      this.#listed.set(place, { text: `/${path.join('/')}: ${rule}`, times: 1 });
    else this.#unlisted++;
  }

  /** Whether a check finds nothing; what it finds is forgotten. */
  passes(check: () => void): boolean {
    const [count, depth] = [this.#count, this.path.length];
    this.#trials++;
    try {
      check();
      return this.#count === count;
    } finally {
      this.#trials--;
      this.#count = count;
      this.path.length = depth;
    }
  }

  /** Sets how much work a payload of so many values is worth. */
  allowStepsFor(values: number): void {
    this.#steps = 1000 + stepsPerValue * values;
  }

  /** Counts a step of work. @throws where there were too many: `within` reports it */
  step(): void {
    if (--this.#steps < 0) throw new TooManySteps();
  }

  /** Runs a check; too many steps are a violation. */
  within(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof TooManySteps)) throw error;
      this.addAt([], 'too many ways to read it: its alternatives are hard to tell apart');
    }
  }

  /** @throws ValidationError ERR_VALIDATION_PAYLOAD, where there is a violation */
  throwAny(bytes: number): void {
    if (this.#count === 0) return;
    const lines = Array.from(this.#listed.values(), ({ text, times }) =>
      times === 1 ? text : `${text} (${times} like it)`,
    );
    if (this.#unlisted > 0) lines.push(`… and ${this.#unlisted} more`);
    throw new ValidationError(
      'ERR_VALIDATION_PAYLOAD',
      `The payload breaks its schema${this.#count === 1 ? '' : ` in ${this.#count} places`}. Send what the schema asks for:\n${lines.join('\n')}`,
      { bytes, violations: this.#count },
    );
  }
}
