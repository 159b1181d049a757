// Unpacks Zstandard (RFC 8878): all frames that there are, as the broker does, where Node stops behind the first.
import zlib from 'node:zlib';
import { TooLarge } from './too-large.js';

/** Clients write one. Each costs a call, whatever is in it. */
const maxFrames = 1_000;

interface Unpacked {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

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
    const { buffer, engine } = await unpackFrame(packed.subarray(at), left);
    frames.push(buffer);
    left -= buffer.length;
    at += engine.bytesWritten;
  }
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
}

const unpackFrame = (packed: Buffer, maxOutputLength: number): Promise<Unpacked> =>
  new Promise((resolve, reject) => {
    zlib.zstdDecompress(packed, { maxOutputLength, info: true }, (error, unpacked) => {
      if (error === null) resolve(unpacked as unknown as Unpacked);
      else reject(error);
    });
  });
