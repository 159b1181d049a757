// SHA-256, HMAC and HKDF over noble.
import { expand as nobleExpand, extract as nobleExtract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { requireExpandBytes } from '../expand-bytes.js';
import { hashBytes, keyBytes, requireLength } from '../lengths.js';
import type { MacKey } from '../primitives.js';
import { asBuffer } from './as-buffer.js';

/** See `Primitives.hash`. */
export function sha256(data: Buffer): string {
  return asBuffer(nobleSha256(data)).toString('latin1');
}

/** HMAC-SHA256 under a key of any length. */
export function hmacSha256(key: Buffer, message: Buffer): Buffer {
  return asBuffer(hmac(nobleSha256, key, message));
}

/** See `Primitives.macKey`. */
export function macKey(key: Buffer): MacKey {
  requireLength('key', key, keyBytes);
  const own = Buffer.from(key);
  return {
    mac(message) {
      requireLength('message', message, hashBytes);
      return hmacSha256(own, Buffer.from(message, 'latin1')).toString('latin1');
    },
  };
}

/** RFC 5869 §2.2. */
export function extract(salt: Buffer, inputKey: Buffer): Buffer {
  return asBuffer(nobleExtract(nobleSha256, inputKey, salt));
}

/** RFC 5869 §2.3. @throws UsageError ERR_USAGE_ARGUMENT for more than 255 blocks. */
export function expand(pseudoRandomKey: Buffer, info: Buffer, bytes: number): Buffer {
  requireExpandBytes(bytes);
  return asBuffer(nobleExpand(nobleSha256, pseudoRandomKey, info, bytes));
}
