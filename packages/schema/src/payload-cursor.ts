// Reads Avro's primitives out of bytes that the scanner has passed.

export class PayloadCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** A number where that is exact. */
  long(): number | bigint {
    let value = 0;
    let factor = 1;
    // Seven groups of seven bits lie well within what a number holds.
    for (let group = 0; group < 7; group++) {
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    let wide = BigInt(value);
    for (let shift = 49n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++]!;
      wide |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return (wide >> 1n) ^ -(wide & 1n);
  }

  /** A length, count or index: the scanner has seen to it that it is small. */
  count(): number {
    return Number(this.long());
  }

  /** How many items the next block of an array or map has; 0 at its end. */
  block(): number {
    const count = this.count();
    if (count >= 0) return count;
    this.count();
    return -count;
  }

  float(): number {
    const value = this.#bytes.readFloatLE(this.#at);
    this.#at += 4;
    return value;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(bytes: number): string {
    const start = this.#at;
    this.#at += bytes;
    return this.#bytes.toString('utf8', start, this.#at);
  }
}
