// Numbers as bytes: seven bits each, the lowest first; up to 2^53 − 1.

export class VarintWriter {
  #bytes = Buffer.allocUnsafe(512);
  #length = 0;

  number(value: number): void {
    this.#reserve(8);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  /** A number that may be negative. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  latin1(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  get length(): number {
    return this.#length;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#bytes.length + count);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** @throws Error at the end of the bytes, or for a number beyond 2^53 − 1 */
export class VarintReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('the bytes end within a number');
      value += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) throw new Error('a number is too large');
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  latin1(count: number): string {
    if (this.#at + count > this.#bytes.length) throw new Error('the bytes end within a name');
    this.#at += count;
    return this.#bytes.toString('latin1', this.#at - count, this.#at);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }
}
