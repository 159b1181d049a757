// A directory file: watched, read when it changes, replaced as a whole (SPEC.md §8).
import { watch, type FSWatcher } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemClock, type Clock } from '@sealwire/core';
import { directoryError } from './directory-error.js';
import { maxSourceBytes, type DirectorySource, type SourceRead } from './directory-source.js';
import { linesOf } from './file-lines.js';
import { publishToFile } from './publish-to-file.js';

export interface FileSourceOptions {
  readonly file: string;
  /** How long a published change may take to arrive here, where the file is copied. Default: 0, it is the original. */
  readonly lagMs?: number;
  readonly clock?: Clock;
  /** How often the file is looked at beside being watched. Default: 500 ms. */
  readonly pollMs?: number;
}

/** Reads nothing yet. */
export function fileSource(options: FileSourceOptions): DirectorySource {
  return new FileSource(options);
}

class FileSource implements DirectorySource {
  readonly name: string;
  readonly lagMs: number;
  readonly #clock: Clock;
  readonly #pollMs: number;
  /** What tells one state of the file from another. */
  #read = '';
  #watcher: FSWatcher | null = null;
  #poll: NodeJS.Timeout | null = null;

  constructor({ file, lagMs = 0, clock = systemClock, pollMs = 500 }: FileSourceOptions) {
    this.name = file;
    this.lagMs = lagMs;
    this.#clock = clock;
    this.#pollMs = pollMs;
  }

  async read(anew: boolean): Promise<SourceRead> {
    const readAtMs = this.#clock.nowMs();
    try {
      const handle = await open(this.name, 'r');
      try {
        const state = stateOf(await handle.stat({ bigint: true }));
        if (!anew && state.text === this.#read) return { lines: null, readAtMs };
        if (!state.isFile) throw this.#error('is not a file; name the file itself.');
        if (state.size > maxSourceBytes) throw this.#error('is larger than 256 MiB; it is no directory.');
        const lines = linesOf(await handle.readFile());
        this.#read = state.text;
        return { lines, readAtMs };
      } finally {
        await handle.close();
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code?.startsWith('ERR_KEY') === true) throw error;
      throw this.#error(
        `cannot be read (${code ?? 'unknown reason'}); check directory.file in sealwire.yaml, or make it with "sealwire init".`,
      );
    }
  }

  watch(changed: () => void): void {
    // The folder: the file itself is replaced. Watching is a help only, network file systems have none; the poll is what counts.
    try {
      const own = basename(this.name);
      this.#watcher = watch(dirname(this.name), { persistent: false }, (_, name) => {
        if (name === null || name === own) changed();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      this.#watcher = null;
    }
    let before = this.#read;
    const look = async (): Promise<void> => {
      const now = await stat(this.name, { bigint: true }).then(
        (facts) => stateOf(facts).text,
        () => 'away',
      );
      if (now !== before && now !== this.#read) changed();
      before = now;
      if (this.#poll !== null) this.#poll = setTimeout(() => void look(), this.#pollMs).unref();
    };
    this.#poll = setTimeout(() => void look(), this.#pollMs).unref();
  }

  publish(line: Buffer): Promise<void> {
    return publishToFile(this.name, line);
  }

  close(): Promise<void> {
    this.#watcher?.close();
    if (this.#poll !== null) clearTimeout(this.#poll);
    this.#poll = null;
    return Promise.resolve();
  }

  #error(problem: string): Error {
    return directoryError('unreadable', this.name, problem);
  }
}

function stateOf(facts: {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  isFile(): boolean;
}): { text: string; size: bigint; isFile: boolean } {
  const { ino, size, mtimeNs, ctimeNs } = facts;
  return { text: `${ino} ${size} ${mtimeNs} ${ctimeNs}`, size, isFile: facts.isFile() };
}
