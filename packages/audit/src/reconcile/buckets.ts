// Records sorted into files by their first hash byte, so that few are in memory at a time however many there are.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordBytes } from './message-record.js';

const buckets = 256;
const recordsPerWrite = 512;

export class Buckets {
  readonly #waiting: (Buffer | undefined)[] = [];
  readonly #counts = new Uint32Array(buckets);
  readonly #written = new Set<number>();
  #folder: string | null = null;

  /** Where to write the next record of this bucket: 77 bytes from `at` on. */
  next(bucket: number): { readonly target: Buffer; readonly at: number } {
    if (this.#counts[bucket] === recordsPerWrite) this.#flush(bucket);
    const target = (this.#waiting[bucket] ??= Buffer.allocUnsafeSlow(recordsPerWrite * recordBytes));
    return { target, at: this.#counts[bucket]!++ * recordBytes };
  }

  /** All records of one bucket after the other, once. */
  *read(): Generator<Buffer> {
    for (let bucket = 0; bucket < buckets; bucket++) {
      const waiting = this.#waiting[bucket]?.subarray(0, this.#counts[bucket]! * recordBytes);
      if (this.#written.has(bucket)) {
        const file = this.#file(bucket);
        yield Buffer.concat([readFileSync(file), waiting ?? Buffer.alloc(0)]);
        rmSync(file);
      } else if (waiting !== undefined) yield waiting;
    }
  }

  /** Removes the files. */
  close(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }

  #flush(bucket: number): void {
    appendFileSync(this.#file(bucket), this.#waiting[bucket]!, { mode: 0o600 });
    this.#written.add(bucket);
    this.#counts[bucket] = 0;
  }

  #file(bucket: number): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'sealwire-reconcile-'));
    return join(this.#folder, `${bucket}`);
  }
}
