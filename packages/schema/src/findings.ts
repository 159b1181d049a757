// What is wrong with one payload: places and rules, in a bounded number, and never a word of the payload.
import { ValidationError } from '@sealwire/core';

const maxListed = 20;
/** Where alternatives are tried one after the other. */
const stepsPerValue = 20;

/** Thrown where telling union branches apart takes more steps than the payload is worth. */
class TooManySteps extends Error {}

/** Collects the violations of one payload. Names in a path are the schema’s, never the payload’s. */
export class Findings {
  /** Names of fields, positions in arrays, `*` for an entry of a map. */
  readonly path: (string | number)[] = [];
  readonly #listed: string[] = [];
  #count = 0;
  #steps = Infinity;

  get count(): number {
    return this.#count;
  }

  add(rule: string): void {
    this.addAt(this.path, rule);
  }

  addAt(path: readonly (string | number)[], rule: string): void {
    if (this.#count++ < maxListed)
      this.#listed.push(`${path.map((step) => `/${step}`).join('') || '/'}: ${rule}`);
  }

  /** Whether a check finds nothing; what it finds is forgotten. */
  passes(check: () => void): boolean {
    const [count, listed, depth] = [this.#count, this.#listed.length, this.path.length];
    check();
    const passed = this.#count === count;
    this.#count = count;
    this.#listed.length = listed;
    this.path.length = depth;
    return passed;
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
    const more = this.#count > this.#listed.length ? `\n… and ${this.#count - this.#listed.length} more` : '';
    throw new ValidationError(
      'ERR_VALIDATION_PAYLOAD',
      `The payload breaks its schema${this.#count === 1 ? '' : ` in ${this.#count} places`}. Send what the schema asks for:\n${this.#listed.join('\n')}${more}`,
      { bytes, violations: this.#count },
    );
  }
}
