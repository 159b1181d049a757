// Random schemas that are taken once, so that a long run sees many.
import { Exploration, noCounts, type Counts, type Finding } from './explore.ts';
import { randomSchemas, scannerParser } from './scanner-parsers.ts';

const casesEach = 1_000;
const mostFindings = 5;

/** One schema after the other, counted together. */
export class NewSchemas {
  readonly counts: Counts = noCounts();
  readonly findings: Finding[] = [];
  schemas = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * @param about is told of each schema before its first input
   * @param before is told of each input before it is parsed
   */
  run(count: number, about: (schema: string) => void, before: (bytes: Buffer) => void): void {
    // Far from the seeds of the schemas that stay.
    for (const schema of randomSchemas(this.#seed + 1_000_003 * (1 + this.schemas), count)) {
      const parser = scannerParser(schema);
      about(parser.name);
      const exploration = new Exploration(parser, this.#seed + this.schemas++, before);
      exploration.run(casesEach);
      this.#add(exploration);
    }
  }

  #add({ counts, findings }: Exploration): void {
    const mine = this.counts;
    for (const key of ['cases', 'accepted', 'valid', 'kept'] as const) mine[key] += counts[key];
    for (const key of ['mostBytesBeyondTwiceInput', 'slowestMs'] as const)
      mine[key] = Math.max(mine[key], counts[key]);
    this.findings.push(...findings.slice(0, mostFindings - this.findings.length));
  }
}
