// Reads canonical Avro, bounded: every length is checked against the bytes that are left before anything is made of it (E-1 to E-4, E-10).
import type { Code } from '@sealwire/core';
import { FormatError } from '@sealwire/core';
import { isUtf8 } from 'node:buffer';

type FormatCode = Extract<Code, `ERR_FORMAT_${string}`>;

/** A cursor over one record. Every method throws FormatError with the record’s code where the bytes are not canonical. */
export class AvroReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #code: FormatCode;
  #at: number;

  constructor(bytes: Buffer, code: FormatCode, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#code = code;
    this.#at = start;
    this.#end = end;
  }

  get at(): number {
    return this.#at;
  }

  fail(what: string): never {
    throw new FormatError(this.#code, `The record is not a well-formed sealed message: ${what}.`, {
      at: this.#at,
    });
  }

  /** A zigzag varint between −2^53+1 and 2^53−1, which must lie in the range given. */
  integer(minimum: number, maximum: number): number {
    const at = this.#at;
    // Most numbers in a message are small: one byte, or two for a length.
    if (at + 1 < this.#end) {
      const low = this.#bytes[at]!;
      let raw = low;
      let next = at + 1;
      if (low >= 0x80) {
        const high = this.#bytes[next++]!;
        if (high >= 0x80 || high === 0) return this.#longInteger(minimum, maximum);
        raw = (low & 0x7f) | (high << 7);
      }
      const value = (raw >>> 1) ^ -(raw & 1);
      if (value >= minimum && value <= maximum) {
        this.#at = next;
        return value;
      }
    }
    return this.#longInteger(minimum, maximum);
  }

  #longInteger(minimum: number, maximum: number): number {
    const bytes = this.#bytes;
    const first = this.#at;
    let at = first;
    // The lowest bit is the sign; kept apart, everything else stays exact in a double.
    let twice = 0;
    let scale = 1;
    for (;;) {
      if (at >= this.#end) this.fail('it ends within a number');
      const byte = bytes[at++]!;
      twice += (byte & (scale === 1 ? 0x7e : 0x7f)) * scale;
      if (byte < 0x80) {
        if (byte === 0 && at - first > 1) this.fail('a number is padded');
        break;
      }
      if (at - first === 8) this.fail('a number is too long');
      scale *= 128;
    }
    if (twice > 2 * Number.MAX_SAFE_INTEGER) this.fail('a number is too large');
    this.#at = at;
    const value = (bytes[first]! & 1) === 0 ? twice / 2 : -(twice / 2) - 1;
    if (value < minimum || value > maximum) this.fail('a number is out of range');
    return value;
  }

  boolean(): boolean {
    if (this.#at >= this.#end) this.fail('it ends within a boolean');
    const byte = this.#bytes[this.#at++]!;
    if (byte > 1) this.fail('a boolean is neither 0 nor 1');
    return byte === 1;
  }

  /** A view on the next bytes, not a copy. */
  fixed(bytes: number): Buffer {
    const start = this.#at;
    if (bytes > this.#end - start) this.fail('it ends too early');
    this.#at = start + bytes;
    return this.#bytes.subarray(start, this.#at);
  }

  /** A view on a `bytes` value, not a copy. */
  bytes(minimum: number, maximum: number): Buffer {
    return this.fixed(this.integer(minimum, maximum));
  }

  string(minimum: number, maximum: number): string {
    const view = this.bytes(minimum, maximum);
    if (!isUtf8(view)) this.fail('a string is not UTF-8');
    return view.toString('utf8');
  }

  /** Reads an array of at least `minimum` and at most `maximum` items, in one block. */
  array(minimum: number, maximum: number, item: () => void): void {
    // Every item takes at least one byte, so a count beyond the bytes that are left is a lie.
    const count = this.integer(0, Math.min(maximum, this.#end - this.#at));
    if (count < minimum) this.fail('an array is too short');
    for (let i = 0; i < count; i++) item();
    if (count > 0) this.integer(0, 0);
  }

  /** The branch of a union of null and one type: true where the value is there. */
  present(): boolean {
    return this.integer(0, 1) === 1;
  }

  /** Strings in strictly ascending order of their bytes. */
  ascendingStrings(minimum: number, maximum: number, maximumBytes: number): string[] {
    const names: string[] = [];
    let previous: Buffer | null = null;
    this.array(minimum, maximum, () => {
      const name = this.string(1, maximumBytes);
      const bytes = this.#bytes.subarray(this.#at - Buffer.byteLength(name), this.#at);
      if (previous !== null && Buffer.compare(previous, bytes) >= 0) this.fail('names are not in order');
      previous = bytes;
      names.push(name);
    });
    return names;
  }

  end(): void {
    if (this.#at !== this.#end) this.fail('bytes follow its end');
  }
}
