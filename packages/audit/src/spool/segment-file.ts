// The files of a spool: each begins with the number of its first frame, which its name repeats.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { frameAt } from './frame.js';

/** "SWSP", the format’s version, and the number of the first frame. */
export const segmentHeaderBytes = 16;
const magic = 0x53575350;
const formatVersion = 1;
const name = /^([0-9]{16})\.spool$/;

export interface SegmentFile {
  readonly path: string;
  /** The number of its first frame. */
  readonly first: number;
}

export const segmentPath = (folder: string, first: number): string =>
  join(folder, `${String(first).padStart(16, '0')}.spool`);

/** In the order of their frames; files with other names are somebody else’s. */
export function segmentFiles(folder: string): SegmentFile[] {
  return readdirSync(folder)
    .flatMap((file) => {
      const found = name.exec(file);
      return found === null ? [] : [{ path: join(folder, file), first: Number(found[1]) }];
    })
    .sort((a, b) => a.first - b.first);
}

export function segmentHeader(first: number): Buffer {
  const header = Buffer.alloc(segmentHeaderBytes);
  header.writeUInt32BE(magic);
  header.writeUInt32BE(formatVersion, 4);
  header.writeBigUInt64BE(BigInt(first), 8);
  return header;
}

export interface SpooledFrame {
  readonly number: number;
  readonly payload: Buffer;
}

export interface ScannedSegment {
  readonly frames: readonly SpooledFrame[];
  /** Numbers of frames whose content is damaged and whose length is not. */
  readonly damaged: readonly number[];
  /** The number that would come next. */
  readonly next: number;
  /** Behind the last frame that could be told from its neighbours, bytes. */
  readonly end: number;
  /** Whether bytes follow there: a write that a crash tore, or damage. */
  readonly torn: boolean;
}

/** Reads what can be read. A damaged frame that is the last one is torn rather than damaged. */
export function scanSegment(bytes: Buffer, first: number): ScannedSegment {
  const frames: SpooledFrame[] = [];
  const damaged: number[] = [];
  const header = bytes.subarray(0, segmentHeaderBytes);
  if (!header.equals(segmentHeader(first)))
    return { frames, damaged, next: first, end: 0, torn: bytes.length > 0 };
  let number = first;
  let end = segmentHeaderBytes;
  /** Damaged frames with no whole one behind them yet. */
  let doubtful: number[] = [];
  let at = end;
  for (;;) {
    const found = frameAt(bytes, at, number);
    if (found.kind === 'unreadable') break;
    at = found.end;
    if (found.kind === 'damaged') doubtful.push(number++);
    else {
      damaged.push(...doubtful);
      doubtful = [];
      frames.push({ number: number++, payload: found.payload });
      end = at;
    }
  }
  return { frames, damaged, next: number - doubtful.length, end, torn: end < bytes.length };
}
