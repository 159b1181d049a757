// Events in a file, one a line.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError, type AuditBatch, type AuditSink } from '@sealwire/core';
import { claimFile, type Claim } from '../claim-file.js';
import { putAside } from './numbered-files.js';
import { openLines, type OpenLines } from './open-lines.js';

export interface FileSinkOptions {
  readonly path: string;
  /** A file that would become larger is put aside; one of a single event may be. */
  readonly maxBytes: number;
  /** How many of those are kept. */
  readonly keep: number;
}

const lineFeed = Buffer.from('\n');

/**
 * A file of JSON lines. `write` resolves when every line of the batch is on the disk; when it rejects, some may be. A file
 * that is full is put aside as `<path>.000001`, `.000002` and so on. One that somebody else moves away or deletes is made
 * anew with the next batch. Belongs to one process; several trails of that one may share it.
 */
export class FileSink implements AuditSink {
  readonly #options: FileSinkOptions;
  readonly #claim: Claim;
  #open: OpenLines | null = null;
  /** Of a file that was there: whoever made or changed it wanted it so. */
  #mode = 0o600;
  #last: Promise<void> = Promise.resolve();

  private constructor(options: FileSinkOptions, claim: Claim) {
    this.#options = options;
    this.#claim = claim;
  }

  /**
   * Makes the folder where it is missing, and the file.
   * @throws UsageError ERR_USAGE_FILE where another process has it, it is no file of lines, or the disk refuses
   */
  static async open(options: FileSinkOptions): Promise<FileSink> {
    const { path } = options;
    let claim: Claim | null = null;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      claim = claimFile(`${path}.lock`);
      if (claim === null)
        throw unusable(path, 'is another process’s: give each its own, such as logs/{agent}.jsonl');
      const sink = new FileSink(options, claim);
      await sink.#lines();
      return sink;
    } catch (error) {
      claim?.release();
      if (error instanceof UsageError) throw error;
      throw unusable(path, `cannot be written (${reasonOf(error)})`, error);
    }
  }

  write({ lines }: AuditBatch): Promise<void> {
    const written = this.#last.then(() => this.#write(lines));
    this.#last = written.catch(() => undefined);
    return written;
  }

  /** Waits for what is being written, and lets another process have the file. */
  async close(): Promise<void> {
    await this.#last;
    await this.#leave();
    this.#claim.release();
  }

  async #write(lines: readonly Buffer[]): Promise<void> {
    let from = 0;
    while (from < lines.length) {
      const open = await this.#lines();
      const { size } = await open.handle.stat();
      const to = this.#fitting(lines, from, size);
      if (to === from) {
        await this.#leave();
        await putAside(this.#options.path, this.#options.keep);
        continue;
      }
      await this.#append(
        open,
        Buffer.concat(lines.slice(from, to).flatMap((line) => [line, lineFeed])),
        size,
      );
      from = to;
    }
  }

  /** @returns up to which line a file of this size takes them; one at least where it is empty */
  #fitting(lines: readonly Buffer[], from: number, size: number): number {
    let to = from;
    for (let bytes = size; to < lines.length; to++) {
      bytes += lines[to]!.length + 1;
      if (bytes > this.#options.maxBytes && bytes > lines[to]!.length + 1) break;
    }
    return to;
  }

  /** All or nothing, unless the disk fails twice; then the next that opens the file sees to it. */
  async #append({ handle }: OpenLines, bytes: Buffer, size: number): Promise<void> {
    try {
      let done = 0;
      while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten;
      await handle.datasync();
    } catch (error) {
      await handle.truncate(size).catch(() => undefined);
      await this.#leave().catch(() => undefined);
      throw error;
    }
  }

  /** The file that has the name now: somebody else may have moved or deleted the one that is open. */
  async #lines(): Promise<OpenLines> {
    if (this.#open !== null && (await inodeOf(this.#options.path)) !== this.#open.inode) await this.#leave();
    if (this.#open === null) {
      await mkdir(dirname(this.#options.path), { recursive: true, mode: 0o700 });
      this.#open = await openLines(this.#options.path, this.#mode);
      this.#mode = this.#open.mode;
    }
    return this.#open;
  }

  async #leave(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.handle.close();
  }
}

async function inodeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error as Error).message;

function unusable(path: string, what: string, cause?: unknown): UsageError {
  return new UsageError('ERR_USAGE_FILE', `audit.file.path: ${path} ${what}.`, { path }, cause);
}
