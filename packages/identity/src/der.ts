// The little of DER (ITU-T X.690) that encrypted key files need.

export const derTag = { integer: 0x02, octets: 0x04, object: 0x06, sequence: 0x30 } as const;

/** One element around the given contents. */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(length >= 0x80 && length < 0x100 ? [tag, 0x81, length] : head), content]);
}

/** A non-negative integer. */
export function derInteger(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  let start = 0;
  // Shortest form; a leading zero where the first bit would make it negative.
  while (start < 5 && bytes[start] === 0 && bytes[start + 1]! < 0x80) start++;
  return der(derTag.integer, bytes.subarray(start));
}

/** Reads elements one behind the other, never beyond what it was given. Throws a plain Error where they are not as asked. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The content of the next element, which must have this tag. At most 65,535 bytes, like the files. */
  take(tag: number): Buffer {
    const bytes = this.#bytes;
    const first = bytes[this.#at + 1];
    if (bytes[this.#at] !== tag || first === undefined) throw new Error('another element');
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = this.#at + 2 + lengthBytes;
    if (first === 0x80 || lengthBytes > 2 || start > bytes.length) throw new Error('a length');
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(this.#at + 2, lengthBytes);
    if (length > bytes.length - start) throw new Error('cut off');
    this.#at = start + length;
    return bytes.subarray(start, this.#at);
  }

  inside(tag: number): DerReader {
    return new DerReader(this.take(tag));
  }

  /** A non-negative integer below 2^40: far more than any limit that is checked. */
  integer(): number {
    const content = this.take(derTag.integer);
    if (content.length === 0 || content.length > 5 || content[0]! >= 0x80) throw new Error('an integer');
    return content.readUIntBE(0, content.length);
  }

  /** Whether the next element has this tag. */
  sees(tag: number): boolean {
    return this.#bytes[this.#at] === tag;
  }

  end(): void {
    if (!this.atEnd) throw new Error('trailing bytes');
  }
}
