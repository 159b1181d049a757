// AES-256-GCM with 12-byte IVs and 16-byte tags over noble.
import { gcm } from '@noble/ciphers/aes.js';
import { ivBytes, keyBytes, requireLength, tagBytes } from '../lengths.js';
import type { AeadKey } from '../primitives.js';
import { asBuffer } from './as-buffer.js';

/** @throws UsageError ERR_USAGE_ARGUMENT where the key is not 32 bytes. */
export function aeadKey(key: Buffer): AeadKey {
  requireLength('key', key, keyBytes);
  const own = Buffer.from(key);
  return {
    seal(iv, aad, plaintext) {
      requireLength('iv', iv, ivBytes);
      return asBuffer(gcm(own, iv, aad).encrypt(plaintext));
    },
    sealInto(parts, iv, aad, plaintext) {
      requireLength('iv', iv, ivBytes);
      const sealed = asBuffer(gcm(own, iv, aad).encrypt(plaintext));
      parts.ciphertext = sealed.subarray(0, plaintext.length);
      parts.tag = sealed.subarray(plaintext.length);
    },
    open(iv, aad, sealed) {
      requireLength('iv', iv, ivBytes);
      if (sealed.length < tagBytes) return null;
      try {
        return asBuffer(gcm(own, iv, aad).decrypt(sealed));
      } catch {
        return null;
      }
    },
  };
}
