// What Jazzer.js calls: the first byte chooses the parser, the rest is its input.
import { allParsers } from './all-parsers.ts';

const parsers = allParsers(Number(process.env['FUZZ_SEED']));

export function fuzz(data: Buffer): void {
  const parser = parsers[(data[0] ?? 0) % parsers.length]!;
  const bytes = Buffer.from(data.subarray(1));
  try {
    parser.parse(bytes);
  } catch (error) {
    if (parser.refusal(error) === null) throw error;
    return;
  }
  parser.compare(bytes);
}
