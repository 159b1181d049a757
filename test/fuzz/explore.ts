// The engine: changes inputs, and keeps those that make a parser do something that none did before.
import { allocated, allocatedSurely } from './allocated.ts';
import { changeBytes } from './change-bytes.ts';
import type { Parser, Valid } from './parser.ts';
import { Random } from './random.ts';

/** What a parser may take: twice its input and this. */
const freeBytes = 2 ** 20;
const mostKept = 400;

export interface Finding {
  readonly kind: 'crash' | 'difference' | 'memory' | 'refused';
  readonly parser: string;
  readonly hex: string;
  readonly what: string;
}

export interface Counts {
  cases: number;
  accepted: number;
  /** Made so that they must be accepted. */
  valid: number;
  kept: number;
  /** Of the measured cases, the most that a call took beyond twice its input, in bytes. */
  mostBytesBeyondTwiceInput: number;
  slowestMs: number;
}

export const noCounts = (): Counts => ({
  cases: 0,
  accepted: 0,
  valid: 0,
  kept: 0,
  mostBytesBeyondTwiceInput: 0,
  slowestMs: 0,
});

/** One parser with what was found worth changing further. */
export class Exploration {
  readonly parser: Parser;
  readonly counts: Counts = noCounts();
  readonly findings: Finding[] = [];
  readonly kept: Buffer[] = [];
  readonly #seen = new Set<string>();
  readonly #random: Random;
  readonly #before: (bytes: Buffer) => void;

  /** @param before is told of each input before it is parsed, so that it is known should nothing come after */
  constructor(parser: Parser, seed: number, before: (bytes: Buffer) => void) {
    this.parser = parser;
    this.#random = new Random(seed);
    this.#before = before;
    for (const bytes of [...parser.seeds, Buffer.alloc(0)]) this.#try(bytes);
    if (this.kept.length === 0) this.kept.push(Buffer.alloc(1));
  }

  /** Changes what is kept; where valid data can be made, every other case is made instead. */
  run(cases: number): void {
    const { make } = this.parser;
    for (let i = 0; i < cases; i++) {
      if (make !== null && i % 2 === 1) {
        this.#tryValid(make(this.#random));
        continue;
      }
      const base = this.#random.of(this.kept);
      this.#try(changeBytes(this.#random, base, this.#random.of(this.kept)));
    }
  }

  #tryValid({ bytes, compare }: Valid): void {
    this.counts.valid++;
    const { accepted } = this.counts;
    this.#try(bytes);
    if (this.counts.accepted === accepted) this.#found('refused', bytes, 'valid data was refused');
    else this.#compared(bytes, compare);
  }

  #try(bytes: Buffer): void {
    this.#before(bytes);
    this.counts.cases++;
    const start = performance.now();
    const feature =
      this.counts.cases % 16 === 0 || bytes.length > 16_384 ? this.#measured(bytes) : this.#parse(bytes);
    this.counts.slowestMs = Math.max(this.counts.slowestMs, performance.now() - start);
    if (feature === null || this.#seen.has(feature)) return;
    this.#seen.add(feature);
    // A few large ones are enough: most changes to them change nothing that matters.
    if (this.kept.length < mostKept && bytes.length <= 8192) this.kept.push(bytes);
    this.counts.kept = this.kept.length;
  }

  #measured(bytes: Buffer): string | null {
    let feature: string | null = null;
    let beyond = allocated(() => (feature = this.#parseOnly(bytes))) - 2 * bytes.length;
    if (beyond > freeBytes / 2) beyond = allocatedSurely(() => this.#parseOnly(bytes)) - 2 * bytes.length;
    this.counts.mostBytesBeyondTwiceInput = Math.max(this.counts.mostBytesBeyondTwiceInput, beyond);
    if (beyond > freeBytes) this.#found('memory', bytes, `${String(beyond)} bytes beyond twice the input`);
    return feature === 'accepted' ? this.#accepted(bytes) : feature;
  }

  #parse(bytes: Buffer): string | null {
    const feature = this.#parseOnly(bytes);
    return feature === 'accepted' ? this.#accepted(bytes) : feature;
  }

  #parseOnly(bytes: Buffer): string | null {
    try {
      this.parser.parse(bytes);
      return 'accepted';
    } catch (error) {
      const refusal = this.parser.refusal(error);
      if (refusal === null) this.#found('crash', bytes, text(error));
      return refusal;
    }
  }

  #accepted(bytes: Buffer): string | null {
    this.counts.accepted++;
    this.#compared(bytes, () => this.parser.compare(bytes));
    return `accepted ${String(Math.min(bytes.length, 128))}`;
  }

  #compared(bytes: Buffer, compare: () => void): void {
    try {
      compare();
    } catch (error) {
      this.#found('difference', bytes, text(error));
    }
  }

  #found(kind: Finding['kind'], bytes: Buffer, what: string): void {
    if (this.findings.length < 5)
      this.findings.push({
        kind,
        parser: this.parser.name,
        hex: bytes.subarray(0, 8192).toString('hex'),
        what,
      });
  }
}

const text = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
