// Runs the command line within a test.
import { run } from '@sealwire/cli';

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export async function command(...words: string[]): Promise<Ran> {
  const ran = { out: '', err: '' };
  const exitCode = await run(words, {
    out: (text) => void (ran.out += text),
    err: (text) => void (ran.err += text),
  });
  return { exitCode, ...ran };
}

/** The lines of a command that prints one JSON object a line. */
export const jsonLines = <Line>(out: string): Line[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
