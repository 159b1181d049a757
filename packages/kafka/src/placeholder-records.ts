// Stands in for a record batch that must not be unpacked, so that its offsets can be passed.
import { createHash } from 'node:crypto';

/** Of a record batch, format 2, up to its records. */
const headerBytes = 61;
const magicAt = 16;
const lastOffsetDeltaAt = 23;
const countAt = 57;
/** Where `length`, at 8, begins to count. */
const lengthFrom = 12;
/** kafkajs makes an object of each; a batch that claims more is not worth it. */
const maxRecords = 50_000;

/**
 * Makes as many records as the batch claims to have, none of which is a sealed message: they are rejected and
 * quarantined with the hash of the packed batch, and the partition flows on.
 * @param packed as kafkajs hands it to a codec: a view into the fetched batch, whose header stands before it
 * @throws Error where that is not so, or where there are too many
 */
export function placeholderRecords(packed: Buffer): Buffer {
  const start = packed.byteOffset - headerBytes;
  if (start < 0) throw tooLarge();
  const header = Buffer.from(packed.buffer, start, headerBytes);
  const count = header.readInt32BE(countAt);
  const last = header.readInt32BE(lastOffsetDeltaAt);
  const length = header.readInt32BE(8);
  const fits = header[magicAt] === 2 && length === headerBytes - lengthFrom + packed.length;
  if (!fits || count < 1 || count > maxRecords || last < count - 1) throw tooLarge();
  const hash = createHash('sha256').update(packed).digest('hex');
  const value = Buffer.from(`not unpacked: the packed batch is too large, SHA-256 ${hash}`);
  const records: Buffer[] = [];
  for (let i = 0; i < count; i++) records.push(record(i === count - 1 ? last : i, value));
  return Buffer.concat(records);
}

/** length, attributes, timestamp delta, offset delta, no key, value, no headers. */
function record(offsetDelta: number, value: Buffer): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 0]),
    varint(offsetDelta),
    varint(-1),
    varint(value.length),
    value,
    varint(0),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** Zigzag, as records have all their numbers. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Not a RangeError, which would stop kafkajs’ consumer for good. */
function tooLarge(): Error {
  return new Error(
    'A record batch unpacks to more than 64 MiB and cannot be passed. Seek past it, and find its producer.',
  );
}
