// One frame of a spool file: what was appended at once, with its length and a checksum.
import { crc32 } from 'node:zlib';

/** Before each payload: its length and the checksum, 4 bytes each, little-endian. */
export const frameHeaderBytes = 8;
/** No frame is longer: a length beyond it is damage. */
export const maxFrameBytes = 16 * 1024 * 1024;

/**
 * The checksum covers the frame’s number and its length too, so that neither zeros, which a power cut may leave, nor a
 * frame that lay elsewhere pass for one. It is no protection against people: who can write here is the process itself.
 */
function checksum(number: number, payload: Uint8Array): number {
  const place = Buffer.alloc(12);
  place.writeBigUInt64LE(BigInt(number));
  place.writeUInt32LE(payload.length, 8);
  return crc32(payload, crc32(place));
}

/** @throws RangeError where the payload is empty or longer than `maxFrameBytes` */
export function frameHeader(number: number, payload: Uint8Array): Buffer {
  if (payload.length === 0 || payload.length > maxFrameBytes)
    throw new RangeError(`A frame of ${payload.length} bytes cannot be appended.`);
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32LE(payload.length);
  header.writeUInt32LE(checksum(number, payload), 4);
  return header;
}

/** What stands at one place of a file. */
export type FoundFrame =
  | { readonly kind: 'whole'; readonly payload: Buffer; readonly end: number }
  /** Its length can be believed, its content cannot. */
  | { readonly kind: 'damaged'; readonly end: number }
  /** Where the next one would begin is unknown. */
  | { readonly kind: 'unreadable' };

/** @param number of the frame that is expected at `start` */
export function frameAt(bytes: Buffer, start: number, number: number): FoundFrame {
  const from = start + frameHeaderBytes;
  if (from > bytes.length) return { kind: 'unreadable' };
  const length = bytes.readUInt32LE(start);
  const end = from + length;
  if (length === 0 || length > maxFrameBytes || end > bytes.length) return { kind: 'unreadable' };
  const payload = bytes.subarray(from, end);
  return checksum(number, payload) === bytes.readUInt32LE(start + 4)
    ? { kind: 'whole', payload, end }
    : { kind: 'damaged', end };
}
