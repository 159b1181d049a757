// Reads the records of a log segment as it lies in a broker’s data folder: record batches of version 2. For tools.
import { open } from 'node:fs/promises';
import zlib from 'node:zlib';
import type { HeaderField } from '@sealwire/core';
import { maxUnpackedBytes } from './gzip.js';

export interface SegmentRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly HeaderField[];
}

/** Of a batch that cannot be read here: why, and how many records are in it. */
export interface UnreadBatch {
  readonly unread: string;
  readonly records: number;
}

const headBytes = 61;
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/**
 * One batch in memory at a time. Markers of transactions are passed over. Ends at the first bytes that are no whole batch:
 * the rest of a segment in use is zeros, or is being written.
 */
export async function* readSegment(file: string): AsyncGenerator<readonly SegmentRecord[] | UnreadBatch> {
  const handle = await open(file, 'r');
  try {
    for (let at = 0; ;) {
      const head = await exactly(handle, at, headBytes);
      if (head === null) return;
      const length = head.readInt32BE(8);
      if (length < headBytes - 12 || head[16] !== 2) return;
      const next = at + 12 + length;
      const count = head.readInt32BE(57);
      const attributes = head.readInt16BE(21);
      const isControl = (attributes & 0x20) !== 0;
      if (!isControl && length > maxUnpackedBytes)
        yield { unread: 'larger than is read here', records: count };
      else if (!isControl) {
        const body = await exactly(handle, at + headBytes, length - (headBytes - 12));
        if (body === null) return;
        const unpacked = unpack(body, codecs[attributes & 7] ?? 'unknown');
        yield Buffer.isBuffer(unpacked)
          ? recordsIn(unpacked, head.readBigInt64BE(0), count)
          : { ...unpacked, records: count };
      }
      at = next;
    }
  } finally {
    await handle.close();
  }
}

async function exactly(
  handle: Awaited<ReturnType<typeof open>>,
  at: number,
  length: number,
): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, at);
  return bytesRead === length ? bytes : null;
}

function unpack(body: Buffer, codec: string): Buffer | { readonly unread: string } {
  const limit = { maxOutputLength: maxUnpackedBytes };
  try {
    if (codec === 'none') return body;
    if (codec === 'gzip') return zlib.gunzipSync(body, limit);
    if (codec === 'zstd') return zlib.zstdDecompressSync(body, limit);
    return { unread: `compressed by ${codec}` };
  } catch {
    return { unread: `damaged, or too large (${codec})` };
  }
}

function recordsIn(bytes: Buffer, baseOffset: bigint, count: number): readonly SegmentRecord[] {
  const cursor = new Cursor(bytes);
  const records: SegmentRecord[] = [];
  for (let i = 0; i < count && !cursor.isAtEnd; i++) {
    const length = cursor.integer();
    if (length < 1) break;
    const end = cursor.at + length;
    cursor.skip(1);
    cursor.integer();
    const delta = cursor.integer();
    const key = cursor.bytes();
    const value = cursor.bytes();
    const headers: HeaderField[] = [];
    for (let left = cursor.integer(); left > 0 && !cursor.isAtEnd; left--) {
      const name = cursor.bytes()?.toString('utf8') ?? '';
      headers.push({ name, values: [cursor.bytes() ?? Buffer.alloc(0)] });
    }
    records.push({ offset: baseOffset + BigInt(delta), key, value, headers });
    cursor.at = end;
  }
  return records;
}

class Cursor {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  skip(count: number): void {
    this.at += count;
  }

  /** A zigzag varint; of those up to 2^53, which lengths and deltas are. */
  integer(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.integer();
    if (length < 0) return null;
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}
