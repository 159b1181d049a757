// What is fuzzed: one parser with one kind of input.
import type { Random } from './random.ts';

export interface Parser {
  readonly target: 'scanner' | 'envelope' | 'directory';
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Parses bytes; what it throws is either a refusal or a defect. */
  parse(bytes: Buffer): unknown;
  /** What a refusal is about, or `null` where no such error may be thrown. */
  refusal(error: unknown): string | null;
  /** Looks at bytes that were accepted from another side. Throws where the two sides differ. */
  compare(bytes: Buffer): void;
  /** Makes bytes that must be accepted, and a comparison of their own. `null`: there are none but the seeds. */
  readonly make: ((random: Random) => Valid) | null;
}

/** Bytes that a parser must accept. */
export interface Valid {
  readonly bytes: Buffer;
  /** Throws where another reader does not read what was meant. */
  compare(): void;
}
