// One inner node of a Merkle tree.

/** SHA-256 as 32 latin1 characters. It must not keep its argument, which is a scratch. */
export type Hash = (data: Buffer) => string;

// One for all calls: hashing is synchronous and never nested.
const scratch = Buffer.alloc(65);
scratch[0] = 0x01;

/** SHA-256(0x01 ‖ left ‖ right), RFC 9162 §2.1.1. */
export function hashNode(left: string, right: string, hash: Hash): string {
  scratch.write(left, 1, 'latin1');
  scratch.write(right, 33, 'latin1');
  return hash(scratch);
}
