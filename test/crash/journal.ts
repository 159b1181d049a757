// What one process has seen, line by line in a file: a line that was written outlives the process, however that ends.
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, Line } from './messages.ts';

export class Journal {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  /** Returns when the kernel has it. That is enough: processes are killed here, not the machine. */
  write(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify({ ...entry, at: Date.now() })}\n`);
  }
}

/** All journals of a folder, by the name of their process. A last line that was cut off is left out. */
export function readJournals(folder: string, prefix: string): Map<string, Line[]> {
  const journals = new Map<string, Line[]>();
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(prefix)) continue;
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    lines.pop();
    journals.set(
      file.replace(/\.jsonl$/, ''),
      lines.map((line) => JSON.parse(line) as Line),
    );
  }
  return journals;
}
