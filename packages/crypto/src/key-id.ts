// The name of a public key: what it is for, in which suite, and which key.
import { createHash } from 'node:crypto';

/** One key, one purpose. */
export type KeyPurpose = 'message-signing' | 'sealing' | 'audit' | 'directory' | 'tls';

/**
 * The first 16 bytes of SHA-256 over purpose, suite and raw public key
 * (u32 length ‖ purpose ‖ u16 suite ‖ u32 length ‖ key, all big-endian; envelope/SPEC.md §3).
 */
export function keyId(purpose: KeyPurpose, suite: number, publicKey: Buffer): Buffer {
  const name = Buffer.from(purpose, 'ascii');
  const head = Buffer.alloc(4 + name.length + 2 + 4);
  head.writeUInt32BE(name.length, 0);
  name.copy(head, 4);
  head.writeUInt16BE(suite, 4 + name.length);
  head.writeUInt32BE(publicKey.length, 6 + name.length);
  return createHash('sha256').update(head).update(publicKey).digest().subarray(0, 16);
}
