// Unpacks Zstandard (RFC 8878): all frames that there are, as the broker does, where Node stops behind the first.
import zlib from 'node:zlib';
import { TooLarge } from './too-large.js';
import { unpackPart } from './unpack-part.js';

/** Clients write one. Each costs a call, whatever is in it. */
const maxFrames = 1_000;

/**
 * @throws Error of the code ERR_BUFFER_TOO_LARGE where there are more bytes, or more frames than anybody writes; of zlib
 *   where they are damaged
 */
export async function unpackZstd(packed: Buffer, maxBytes: number): Promise<Buffer> {
  const frames: Buffer[] = [];
  let left = maxBytes;
  for (let at = 0; at < packed.length;) {
    // Zero would be no limit to zlib.
    if (frames.length === maxFrames || left === 0) throw new TooLarge();
    const part = packed.subarray(at);
    const unpacked = await unpackPart(zlib.zstdDecompress, part, left).catch((error: unknown) => {
      // The broker takes what only begins a frame, behind a whole one, for the end.
      if (frames.length > 0 && (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR') return null;
      throw error;
    });
    if (unpacked === null) break;
    frames.push(unpacked.bytes);
    left -= unpacked.bytes.length;
    at += unpacked.taken;
  }
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
}
