// What stands for one event in its chain and in the tree of its checkpoint.
import { hash as oneShot } from 'node:crypto';

/** SHA-256 as 32 latin1 characters, as the Merkle functions of the crypto package take it. */
export const sha256 = (data: Uint8Array): string => oneShot('sha256', data, 'binary');

/** Longest event that needs no buffer of its own. */
const scratchBytes = 16_384;
// One for all calls: hashing is synchronous and never nested.
const scratch = Buffer.alloc(1 + scratchBytes);

/**
 * SHA-256(0x00 ‖ event), RFC 9162 §2.1.1, as 32 latin1 characters.
 * @param event the bytes as they stand on the topic, without a line’s end
 */
export function leafHash(event: Uint8Array): string {
  if (event.length > scratchBytes) return sha256(Buffer.concat([Buffer.of(0), event]));
  scratch.set(event, 1);
  return sha256(scratch.subarray(0, 1 + event.length));
}

/** A hash as it stands in an event: 64 hex digits. */
export const hexOfHash = (hash: string): string => Buffer.from(hash, 'latin1').toString('hex');

/** `previous` of a chain’s first event, as 32 latin1 characters. */
export const noHash = '\0'.repeat(32);
