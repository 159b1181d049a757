// Unpacks what stands first in packed bytes, and tells where it ends: more may stand behind it.
import type { CompressCallback } from 'node:zlib';

export interface UnpackedPart {
  readonly bytes: Buffer;
  /** How many of the packed bytes that took. */
  readonly taken: number;
}

interface Options {
  readonly maxOutputLength: number;
  readonly info: true;
}

type Unpack = (packed: Buffer, options: Options, callback: CompressCallback) => void;

/** What zlib gives where it is asked for `info`. */
interface Informed {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** @param unpack one of zlib’s; what it throws is passed on */
export const unpackPart = (unpack: Unpack, packed: Buffer, maxOutputLength: number): Promise<UnpackedPart> =>
  new Promise((resolve, reject) => {
    unpack(packed, { maxOutputLength, info: true }, (error, result) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const { buffer, engine } = result as unknown as Informed;
      resolve({ bytes: buffer, taken: engine.bytesWritten });
    });
  });
