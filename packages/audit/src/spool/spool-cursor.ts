// Reads a spool’s frames in order, a bounded piece at a time, while it is being written.
import { closeSync, openSync, readSync } from 'node:fs';
import { frameAt, frameHeaderBytes } from './frame.js';
import { segmentHeader, segmentHeaderBytes, type SegmentFile, type SpooledFrame } from './segment-file.js';

const pieceBytes = 256 * 1024;

export class SpoolCursor {
  readonly #segments: () => readonly SegmentFile[];
  #next: number;
  #segment: SegmentFile | null = null;
  #descriptor = -1;
  #position = 0;
  /** What `#position` is the place of, in the file. */
  #number = 0;

  /** @param segments in order, as they are at each call; @param next the first frame to read */
  constructor(segments: () => readonly SegmentFile[], next: number) {
    this.#segments = segments;
    this.#next = next;
  }

  /** The number of the frame that comes next. */
  get next(): number {
    return this.#next;
  }

  /**
   * The next frames before `end`, some of them; none where there is none. Damaged ones are left out, so that numbers may
   * be missing. Errors of the disk are thrown as they are; then the same can be read again.
   */
  read(end: number): readonly SpooledFrame[] {
    while (this.#next < end) {
      if (!this.#seek()) return [];
      const frames = this.#piece(end);
      if (frames.length > 0) return frames;
      // What is damaged beyond telling one frame from the next ends where the next file begins.
      this.#next = Math.max(this.#next, Math.min(end, this.#following()?.first ?? end));
    }
    return [];
  }

  close(): void {
    this.#leave();
  }

  #following(): SegmentFile | undefined {
    return this.#segments().find(({ first }) => first > this.#segment!.first);
  }

  #seek(): boolean {
    if (this.#segment !== null && this.#number <= this.#next) {
      const following = this.#following();
      if (following === undefined || following.first > this.#next) return true;
    }
    const wanted = this.#segments().findLast(({ first }) => first <= this.#next) ?? this.#segments()[0];
    if (wanted === undefined) return false;
    this.#leave();
    this.#next = Math.max(this.#next, wanted.first);
    this.#segment = wanted;
    this.#descriptor = openSync(wanted.path, 'r');
    const header = Buffer.alloc(segmentHeaderBytes);
    readSync(this.#descriptor, header, 0, segmentHeaderBytes, 0);
    // Of a file that is not what its name says nothing is believed, as when the spool was opened.
    this.#position = header.equals(segmentHeader(wanted.first))
      ? segmentHeaderBytes
      : Number.MAX_SAFE_INTEGER;
    this.#number = wanted.first;
    return true;
  }

  /** Reads on in the file that is open. Empty where nothing more can be read of it. */
  #piece(end: number): SpooledFrame[] {
    for (let bytes = pieceBytes; ;) {
      const buffer = Buffer.alloc(bytes);
      const piece = buffer.subarray(0, readSync(this.#descriptor, buffer, 0, bytes, this.#position));
      const frames: SpooledFrame[] = [];
      let at = 0;
      while (this.#number < end) {
        const found = frameAt(piece, at, this.#number);
        if (found.kind === 'unreadable') break;
        if (found.kind === 'whole' && this.#number >= this.#next)
          frames.push({ number: this.#number, payload: found.payload });
        at = found.end;
        this.#number++;
      }
      this.#position += at;
      if (at > 0) this.#next = Math.max(this.#next, this.#number);
      if (frames.length > 0) return frames;
      const wanted = wantedBytes(piece);
      if (at === 0 && (piece.length < bytes || wanted <= bytes)) return [];
      bytes = at === 0 ? wanted : pieceBytes;
      if (this.#number >= end) return [];
    }
  }

  #leave(): void {
    if (this.#segment !== null) closeSync(this.#descriptor);
    this.#segment = null;
  }
}

/** Of the frame at the start of a piece that does not hold all of it. */
const wantedBytes = (piece: Buffer): number =>
  piece.length < frameHeaderBytes ? 0 : Math.min(piece.readUInt32LE(0), 16 * 1024 * 1024) + frameHeaderBytes;
