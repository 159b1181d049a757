// By what the audit trail names a message and a record.
import { createHash } from 'node:crypto';
import { inspect } from '@sealwire/envelope';

/** @returns what its sender’s signature covers, as lower-case hex; `null` for what is no sealed message */
export const messageHashIn = (value: Buffer | null, key: Buffer | null = null): string | null =>
  inspect({ value, key, headers: [] }).hashes?.message ?? null;

/** As core's `recordHash`, of a record without a key. */
export function recordHashIn(content: Buffer): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return createHash('sha256')
    .update(Buffer.from('ffffffff', 'hex'))
    .update(length)
    .update(content)
    .digest('hex');
}
