// Unpacks gzip (RFC 1952) as the broker does: what stands behind its end and is no further member is nobody’s.
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Damaged } from './damaged.js';
import { TooLarge } from './too-large.js';
import { unpackPart } from './unpack-part.js';

const unzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.unzip);
const headBytes = 10;
const trailerBytes = 8;
/** Java’s GZIPInputStream does not look at fewer bytes than could be a member. */
const leastBytes = 18;
/** Clients write one. Each costs a call, whatever is in it. */
const maxMembers = 1_000;

/** @throws Error of the code ERR_BUFFER_TOO_LARGE where there are more bytes; others where they are damaged */
export async function unpackGzip(packed: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unzip(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    // Also where Node looks for a member behind the last, and there is something else.
    if (TooLarge.is(error)) throw error;
    return unpackMembers(packed, maxBytes, error);
  }
}

async function unpackMembers(packed: Buffer, maxBytes: number, cause: unknown): Promise<Buffer> {
  const members: Buffer[] = [];
  let left = maxBytes;
  for (let at = 0; packed.length - at > leastBytes;) {
    const from = dataAt(packed, at);
    if (from === null) break;
    if (members.length === maxMembers || left === 0) throw new TooLarge();
    const { bytes, taken } = await unpackPart(zlib.inflateRaw, packed.subarray(from), left);
    at = from + taken + trailerBytes;
    if (at > packed.length || packed.readUInt32LE(at - trailerBytes) !== zlib.crc32(bytes))
      throw new Damaged('gzip');
    members.push(bytes);
    left -= bytes.length;
  }
  // The first is none either.
  if (members.length === 0) throw cause;
  return Buffer.concat(members);
}

/** Where a member’s data begins; `null`: there is no head of one. */
function dataAt(packed: Buffer, at: number): number | null {
  if (packed.readUIntBE(at, 3) !== 0x1f8b08) return null;
  const flags = packed[at + 3]!;
  let from = at + headBytes;
  if ((flags & 0x04) !== 0) from += from + 2 > packed.length ? Infinity : 2 + packed.readUInt16LE(from);
  for (const named of [0x08, 0x10]) {
    if ((flags & named) === 0) continue;
    const end = packed.indexOf(0, from);
    from = end < 0 ? Infinity : end + 1;
  }
  if ((flags & 0x02) !== 0) from += 2;
  return from < packed.length ? from : null;
}
