// The newest file of a spool, open for appending.
import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, unlinkSync, writevSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { segmentHeader, segmentHeaderBytes, type SegmentFile } from './segment-file.js';

const dataSync = promisify(fdatasync);

export class SegmentWriter implements SegmentFile {
  readonly path: string;
  readonly first: number;
  readonly #descriptor: number;
  #bytes = segmentHeaderBytes;
  #synced = 0;

  /** Errors of the disk are thrown; no file is left then. */
  constructor(path: string, first: number) {
    this.path = path;
    this.first = first;
    this.#descriptor = openSync(path, 'wx', 0o600);
    try {
      this.#write([segmentHeader(first)], 0, segmentHeaderBytes);
      syncFolder(dirname(path));
    } catch (error) {
      closeSync(this.#descriptor);
      unlinkSync(path);
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** All or nothing: what was written of it in part is cut off again. Errors of the disk are thrown. */
  append(parts: readonly Uint8Array[], bytes: number): void {
    try {
      this.#write(parts, this.#bytes, bytes);
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#bytes);
      throw error;
    }
    this.#bytes += bytes;
  }

  /** Resolves when what was appended before the call is on the disk. */
  async sync(): Promise<void> {
    const bytes = this.#bytes;
    if (this.#synced === bytes) return;
    await dataSync(this.#descriptor);
    this.#synced = Math.max(this.#synced, bytes);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(parts: readonly Uint8Array[], at: number, bytes: number): void {
    const written = writevSync(this.#descriptor, parts, at);
    // A disk that fills up takes a part, and says so with the next write only.
    if (written !== bytes) throw Object.assign(new Error('the disk took a part only'), { code: 'ENOSPC' });
  }
}

/** A file’s name is on the disk when its folder is. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
