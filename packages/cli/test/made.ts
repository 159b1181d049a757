// Folders and command lines for the tests of this package.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type ExitCode } from '../src/index.js';

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sealwire-cli-'));
}

export interface Ran {
  readonly exitCode: ExitCode;
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

/** The code with which a promise is rejected, and the message. */
export async function rejection(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: unknown) => error as { code: string; message: string },
  );
}
