// HMAC-SHA256 (RFC 2104) as two one-shot hashes over precomputed pads.
import { hashBytes, requireLength } from '../lengths.js';
import type { MacKey } from '../primitives.js';
import { sha256 } from './hash.js';
import { keyMemory } from './key-memory.js';

/** The block of SHA-256, hence the length of a pad. */
export const blockBytes = 64;

/** Writes both pads of `key` at the given places; a key longer than a block is hashed first. */
export function writePads(key: Buffer, inner: Buffer, innerAt: number, outer: Buffer): void {
  const used = key.length > blockBytes ? Buffer.from(sha256(key), 'latin1') : key;
  for (let i = 0; i < blockBytes; i++) {
    const byte = used[i] ?? 0;
    inner[innerAt + i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
}

/** An HMAC key. */
export class HmacSha256 implements MacKey {
  // Pad ‖ message, and pad ‖ inner hash.
  readonly #inner = keyMemory(blockBytes + hashBytes);
  readonly #outer = keyMemory(blockBytes + hashBytes);

  constructor(key: Buffer) {
    writePads(key, this.#inner, 0, this.#outer);
  }

  mac(message: string): string {
    // A shorter message would leave the end of the one before it in place.
    if (message.length !== hashBytes) requireLength('message', message, hashBytes);
    this.#inner.write(message, blockBytes, 'latin1');
    return this.#finish(sha256(this.#inner));
  }

  /** The mac of a message of any length. */
  macOf(message: Buffer): string {
    const padded = Buffer.concat([this.#inner.subarray(0, blockBytes), message]);
    const innerHash = sha256(padded);
    padded.fill(0, 0, blockBytes); // perhaps of the shared pool: leave no key there
    return this.#finish(innerHash);
  }

  #finish(innerHash: string): string {
    this.#outer.write(innerHash, blockBytes, 'latin1');
    return sha256(this.#outer);
  }
}
