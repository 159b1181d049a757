// The additional data of a body: S ‖ header (SPEC.md §7), over scratch memory that is used again.

const hashBytes = 32;

/** Puts the additional data together for one message at a time; not to be shared between threads. */
export class AdditionalData {
  #scratch = Buffer.alloc(256);
  /** By length: a header’s length varies by a few bytes only. */
  #views: Buffer[] = [];
  #sessionHash: Buffer | null = null;

  /** @returns a view that lasts until the next call */
  of(sessionHash: Buffer, header: Buffer): Buffer {
    const bytes = hashBytes + header.length;
    if (bytes > this.#scratch.length) {
      this.#scratch = Buffer.alloc(bytes * 2);
      this.#views = [];
      this.#sessionHash = null;
    }
    if (sessionHash !== this.#sessionHash) {
      this.#scratch.set(sessionHash, 0);
      this.#sessionHash = sessionHash;
    }
    this.#scratch.set(header, hashBytes);
    return (this.#views[bytes] ??= this.#scratch.subarray(0, bytes));
  }
}
