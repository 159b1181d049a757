// AES-256-GCM with 12-byte IVs and 16-byte tags over node:crypto.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { ivBytes, keyBytes, requireLength, tagBytes } from '../lengths.js';
import type { AeadKey, SealedParts } from '../primitives.js';

// Without it, Node takes tags of 4 bytes.
const options = Object.freeze({ authTagLength: tagBytes });

class NodeAeadKey implements AeadKey {
  // A KeyObject: with a raw Buffer each call costs three times as much.
  readonly #key: KeyObject;

  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
  }

  seal(iv: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
    const parts = { ciphertext: plaintext, tag: plaintext };
    this.sealInto(parts, iv, aad, plaintext);
    return Buffer.concat([parts.ciphertext, parts.tag]);
  }

  sealInto(sealed: SealedParts, iv: Buffer, aad: Buffer, plaintext: Buffer): void {
    if (iv.length !== ivBytes) requireLength('iv', iv, ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, options);
    cipher.setAAD(aad);
    sealed.ciphertext = cipher.update(plaintext);
    cipher.final();
    sealed.tag = cipher.getAuthTag();
  }

  open(iv: Buffer, aad: Buffer, sealed: Buffer): Buffer | null {
    if (iv.length !== ivBytes) requireLength('iv', iv, ivBytes);
    const tagAt = sealed.length - tagBytes;
    if (tagAt < 0) return null;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, iv, options);
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(tagAt));
    const plaintext = decipher.update(sealed.subarray(0, tagAt));
    try {
      decipher.final();
      return plaintext;
    } catch {
      plaintext.fill(0);
      return null;
    }
  }
}

/** @throws UsageError ERR_USAGE_ARGUMENT where the key is not 32 bytes. */
export function aeadKey(key: Buffer): AeadKey {
  requireLength('key', key, keyBytes);
  return new NodeAeadKey(key);
}
