// Reads the records of a log segment as it lies in a broker’s data folder: record batches of version 2. For tools.
import { open } from 'node:fs/promises';
import type { HeaderField } from '@sealwire/core';
import { maxUnpackedBytes, packings } from './codecs.js';

export interface SegmentRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly HeaderField[];
}

/** What cannot be read here: why, and how many records are in it; 0 where that is not known. */
export interface UnreadBatch {
  readonly unread: string;
  readonly records: number;
}

const headBytes = 61;
const magicAt = 16;
const older = 'damaged or of an older format';

/**
 * One batch in memory at a time. Markers of transactions are passed over. Ends without a word only where the file does, or
 * a last batch is being written, or zeros begin: the rest of a segment in use. What else is no batch is told as unread, and
 * nothing behind it is looked at: where the next one would begin is not known.
 */
export async function* readSegment(file: string): AsyncGenerator<readonly SegmentRecord[] | UnreadBatch> {
  const handle = await open(file, 'r');
  try {
    for (let at = 0; ;) {
      const head = await upTo(handle, at, headBytes);
      if (head.every((byte) => byte === 0)) return;
      // Messages of older formats are shorter than this head.
      const isBatch = head.length <= magicAt || head[magicAt] === 2;
      if (isBatch && head.length < headBytes) return;
      const length = isBatch ? head.readInt32BE(8) : 0;
      if (length < headBytes - 12) {
        yield { unread: older, records: 0 };
        return;
      }
      const next = at + 12 + length;
      const count = head.readInt32BE(57);
      const attributes = head.readInt16BE(21);
      const isControl = (attributes & 0x20) !== 0;
      if (!isControl && length > maxUnpackedBytes)
        yield { unread: 'larger than is read here', records: Math.max(0, count) };
      else if (!isControl) {
        const body = await upTo(handle, at + headBytes, length - (headBytes - 12));
        if (body.length < length - (headBytes - 12)) return;
        const unpacked = await unpack(body, attributes & 7);
        const found = Buffer.isBuffer(unpacked)
          ? recordsIn(unpacked, head.readBigInt64BE(0), count)
          : unpacked;
        yield 'unread' in found ? { ...found, records: Math.max(0, count) } : found;
      }
      at = next;
    }
  } finally {
    await handle.close();
  }
}

/** Fewer bytes where the file ends. */
async function upTo(handle: Awaited<ReturnType<typeof open>>, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, at);
  return bytes.subarray(0, bytesRead);
}

interface Unread {
  readonly unread: string;
}

async function unpack(body: Buffer, type: number): Promise<Buffer | Unread> {
  if (type === 0) return body;
  const packing = packings.get(type);
  if (packing === undefined) return { unread: `compressed by an unknown codec (${type})` };
  try {
    return await packing.unpack(body, maxUnpackedBytes);
  } catch {
    return { unread: `damaged, or too large (${packing.name})` };
  }
}

function recordsIn(bytes: Buffer, baseOffset: bigint, count: number): readonly SegmentRecord[] | Unread {
  const cursor = new Cursor(bytes);
  const records: SegmentRecord[] = [];
  try {
    while (records.length < count)
      records.push(recordAt(new Cursor(cursor.take(cursor.integer())), baseOffset));
  } catch (error) {
    if (error instanceof Damage) return { unread: 'damaged' };
    throw error;
  }
  return count < 0 || !cursor.isAtEnd ? { unread: 'damaged' } : records;
}

function recordAt(cursor: Cursor, baseOffset: bigint): SegmentRecord {
  cursor.take(1);
  cursor.integer();
  const delta = cursor.integer();
  const key = cursor.bytes();
  const value = cursor.bytes();
  const headers: HeaderField[] = [];
  const count = cursor.integer();
  while (headers.length < count) {
    const name = cursor.bytes()?.toString('utf8') ?? '';
    headers.push({ name, values: [cursor.bytes() ?? Buffer.alloc(0)] });
  }
  if (count < 0 || !cursor.isAtEnd) throw new Damage();
  return { offset: baseOffset + BigInt(delta), key, value, headers };
}

class Damage extends Error {}

/** Of 64 bits. */
const maxVarintBytes = 10;

/** Never beyond its bytes, whatever they claim. */
class Cursor {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Buffer {
    if (length < 0 || length > this.#bytes.length - this.#at) throw new Damage();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A zigzag varint; exact up to 2^53, which lengths and deltas are. */
  integer(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < maxVarintBytes; count++) {
      const byte = this.take(1)[0]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 128;
    }
    throw new Damage();
  }

  bytes(): Buffer | null {
    const length = this.integer();
    return length === -1 ? null : this.take(length);
  }
}
