// Content hash and message hash (SPEC.md §8), over scratch memory that is used again.
import type { Primitives } from '@sealwire/crypto';

const nothing = Buffer.alloc(0);

/** Computes the hashes of one message at a time; not to be shared between threads. */
export class MessageHashes {
  readonly #primitives: Primitives;
  #scratch = Buffer.allocUnsafeSlow(4096);
  #sessionHash: Buffer | null = null;
  readonly #leaf = Buffer.alloc(1 + 32 + 32);
  readonly #leafWithoutMac = this.#leaf.subarray(0, 33);

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  /**
   * SHA-256( S ‖ lp(header) ‖ lp(body) ‖ key hash ) as a latin1 string of 32 bytes.
   * @param tag the end of the body, where it stands apart
   */
  contentHash(
    sessionHash: Buffer,
    header: Buffer,
    body: Buffer,
    key: Buffer | null,
    tag: Buffer = nothing,
  ): string {
    const bodyBytes = body.length + tag.length;
    const length = 32 + 4 + header.length + 4 + bodyBytes + 32;
    if (length > this.#scratch.length) {
      this.#scratch = Buffer.allocUnsafeSlow(length * 2);
      this.#sessionHash = null;
    }
    const scratch = this.#scratch;
    if (sessionHash !== this.#sessionHash) {
      scratch.set(sessionHash, 0);
      this.#sessionHash = sessionHash;
    }
    let at = writeU32(scratch, header.length, 32);
    scratch.set(header, at);
    at = writeU32(scratch, bodyBytes, at + header.length);
    scratch.set(body, at);
    if (tag.length > 0) scratch.set(tag, at + body.length);
    at += bodyBytes;
    if (key === null) scratch.fill(0, at, at + 32);
    else scratch.write(this.#primitives.hash(key), at, 32, 'latin1');
    return this.#primitives.hash(scratch.subarray(0, length));
  }

  /** SHA-256( 00 ‖ content hash ‖ mac ); `mac` is empty for a tombstone. Strings are latin1. */
  messageHash(contentHash: string, mac: string | Buffer): string {
    const leaf = this.#leaf;
    leaf.write(contentHash, 1, 32, 'latin1');
    if (mac.length === 0) return this.#primitives.hash(this.#leafWithoutMac);
    if (typeof mac === 'string') leaf.write(mac, 33, 32, 'latin1');
    else leaf.set(mac, 33);
    return this.#primitives.hash(leaf);
  }
}

function writeU32(target: Buffer, value: number, at: number): number {
  target[at] = value >>> 24;
  target[at + 1] = (value >>> 16) & 0xff;
  target[at + 2] = (value >>> 8) & 0xff;
  target[at + 3] = value & 0xff;
  return at + 4;
}
