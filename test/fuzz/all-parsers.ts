// Everything that is fuzzed.
import { directoryParsers } from './directory-parsers.ts';
import { envelopeParsers } from './envelope-parsers.ts';
import type { Parser } from './parser.ts';
import { scannerParsers } from './scanner-parsers.ts';

/** At most 255: one byte chooses among them. @param seed decides the schemas that are not in the corpus */
export function allParsers(seed: number): Parser[] {
  const parsers = [...envelopeParsers(), ...directoryParsers(), ...scannerParsers(seed)];
  if (parsers.length > 255) throw new Error('more parsers than a byte can choose among');
  return parsers;
}
