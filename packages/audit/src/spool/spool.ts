// What must not be lost while its reader is away: an append-only log in files, synced in groups, bounded.
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { InabilityError } from '@sealwire/core';
import { frameHeader } from './frame.js';
import type { ReleaseMark } from './release-mark.js';
import { segmentHeaderBytes, segmentPath, type SegmentFile } from './segment-file.js';
import { SegmentWriter } from './segment-writer.js';
import { SpoolCursor } from './spool-cursor.js';

export interface SpoolOptions {
  /** Exists, and is this process’s alone. */
  readonly folder: string;
  /** Of all files together; beyond it nothing is appended. */
  readonly maxBytes: number;
  /** After which a new file is begun. */
  readonly segmentBytes?: number;
}

type Segment = SegmentFile & { readonly bytes: number };

/**
 * Appending is synchronous, and survives the process; what `sync` has resolved for survives a power cut, as far as the
 * disk keeps its word. Frames are numbered without gaps, over restarts. A file is removed once all of its frames are
 * released. After a sync that failed nobody knows what is on the disk: then nothing more is taken until it is opened anew.
 */
export class Spool {
  readonly #options: Required<SpoolOptions>;
  readonly #mark: ReleaseMark;
  /** In order. The last is the writer’s, where there is one. */
  readonly #segments: Segment[];
  #writer: SegmentWriter | null = null;
  /** Full, and perhaps not synced yet. */
  #finished: SegmentWriter[] = [];
  #next: number;
  #released: number;
  /** The last sync, begun or not; never rejects. */
  #lastSync: Promise<unknown> = Promise.resolve();
  /** One that has not begun: it covers whatever is appended until then. */
  #nextSync: Promise<void> | null = null;
  #closing = false;
  #failure: InabilityError | null = null;

  /** Opened by `openSpool`. @param found is never written to again */
  constructor(options: SpoolOptions, found: readonly Segment[], next: number, mark: ReleaseMark) {
    const segmentBytes = Math.min(16 * 1024 * 1024, Math.ceil(options.maxBytes / 8));
    this.#options = { segmentBytes, ...options };
    this.#mark = mark;
    this.#segments = [...found];
    this.#next = next;
    this.#released = Math.max(mark.released, found[0]?.first ?? 0);
    this.#removeReleased();
  }

  /** The number that the next frame gets. */
  get next(): number {
    return this.#next;
  }

  /** Of the first frame that is not released. */
  get released(): number {
    return this.#released;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get isHalfFull(): boolean {
    return this.bytes >= this.#options.maxBytes / 2;
  }

  /** In order, as they are now. */
  get files(): SegmentFile[] {
    return this.#segments.map(({ path, first }) => ({ path, first }));
  }

  /** The number of the first frame of the newest file. */
  get newestFile(): number {
    return this.#segments.at(-1)?.first ?? 0;
  }

  hasRoom(bytes: number): boolean {
    return this.#failure === null && this.bytes + bytes + segmentHeaderBytes <= this.#options.maxBytes;
  }

  /**
   * All or nothing: one frame for each payload.
   * @param payloads 1 byte to 16 MiB each
   * @param beyond also where the spool is full: for what is bounded by what stands in it already
   * @returns the number of the first frame
   * @throws InabilityError ERR_UNABLE_AUDIT where the spool or the disk is full, or cannot be written; RangeError
   */
  append(payloads: readonly Uint8Array[], beyond = false): number {
    if (this.#closing) throw unable('The audit spool is closed.');
    if (this.#failure !== null) throw this.#failure;
    const parts = payloads.flatMap((payload, i) => [frameHeader(this.#next + i, payload), payload]);
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    const { maxBytes } = this.#options;
    if (!beyond && !this.hasRoom(bytes))
      throw unable(
        `The audit spool is full (${maxBytes} bytes): nothing was sent or committed. See why its topic takes no events.`,
      );
    try {
      this.#writerFor(bytes).append(parts, bytes);
    } catch (error) {
      throw unable(
        'The audit spool cannot be written: nothing was sent or committed. Free space on its disk.',
        error,
      );
    }
    const first = this.#next;
    this.#next += payloads.length;
    return first;
  }

  /** Resolves when what was appended before the call is on the disk. Calls share a sync. @throws InabilityError */
  sync(): Promise<void> {
    // One after the other: one that is under way may have begun before the last append.
    if (this.#nextSync === null) {
      const next = this.#lastSync.then(() => {
        this.#nextSync = null;
        return this.#sync();
      });
      this.#nextSync = next;
      this.#lastSync = next.catch(() => undefined);
    }
    return this.#nextSync;
  }

  /** Number of the first frame that is not known to be on the disk. */
  get synced(): number {
    return this.#mark.synced;
  }

  /** Reads frames from `number` on, as far as they are not removed. To be closed. */
  cursor(number: number): SpoolCursor {
    return new SpoolCursor(() => this.#segments, number);
  }

  /** Frames before `number` are not needed any more. What was released last may come again after a crash. */
  release(number: number): void {
    const released = Math.min(number, this.#next);
    if (released <= this.#released) return;
    this.#released = released;
    this.#mark.set({ released });
    this.#removeReleased();
  }

  /** Syncs, and takes no more. */
  async close(): Promise<void> {
    this.#closing = true;
    try {
      await this.sync();
    } finally {
      this.#writer?.close();
      this.#writer = null;
      this.#mark.close();
    }
  }

  #writerFor(bytes: number): SegmentWriter {
    const writer = this.#writer;
    const isEmpty = writer?.first === this.#next;
    if (writer !== null && (isEmpty || writer.bytes + bytes <= this.#options.segmentBytes)) return writer;
    const begun = new SegmentWriter(segmentPath(this.#options.folder, this.#next), this.#next);
    if (writer !== null) this.#finished.push(writer);
    this.#segments.push(begun);
    return (this.#writer = begun);
  }

  async #sync(): Promise<void> {
    const end = this.#next;
    const finished = this.#finished;
    this.#finished = [];
    try {
      if (this.#failure !== null) throw this.#failure;
      for (const writer of finished) await writer.sync();
      await this.#writer?.sync();
      if (end > this.#mark.synced) this.#mark.set({ synced: end });
    } catch (error) {
      this.#failure ??= unable(
        'The audit spool could not be synced: nothing more is taken. Mend the disk, then start again.',
        error,
      );
      throw this.#failure;
    } finally {
      for (const writer of finished) writer.close();
    }
  }

  #removeReleased(): void {
    for (;;) {
      const [oldest, following] = this.#segments;
      // The newest stays: its frames’ numbers must not be given again.
      if (oldest === undefined || following === undefined || following.first > this.#released) return;
      unlinkSync(oldest.path);
      this.#segments.shift();
    }
  }
}

export const markFile = (folder: string): string => join(folder, 'released');

const unable = (message: string, cause?: unknown): InabilityError =>
  new InabilityError('ERR_UNABLE_AUDIT', message, {}, cause);
