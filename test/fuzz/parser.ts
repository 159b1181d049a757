// What is fuzzed: one parser with one kind of input.

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
}
