// Writes canonical Avro into a buffer that grows and is used again.

/** Bytes that `writeInteger` takes for a value. */
export function integerBytes(value: number): number {
  let raw = value < 0 ? -value * 2 - 1 : value * 2;
  let bytes = 1;
  while (raw >= 0x80) {
    raw = Math.floor(raw / 0x80);
    bytes++;
  }
  return bytes;
}

/** Writes a zigzag varint at `at`; `value` is a safe integer. @returns the position behind it. */
export function writeInteger(target: Buffer, value: number, at: number): number {
  let raw = value < 0 ? -value * 2 - 1 : value * 2;
  // Above 31 bits, bit operators would cut the number.
  while (raw > 0x7fffffff) {
    target[at++] = (raw % 0x80) | 0x80;
    raw = Math.floor(raw / 0x80);
  }
  while (raw >= 0x80) {
    target[at++] = (raw & 0x7f) | 0x80;
    raw >>>= 7;
  }
  target[at++] = raw;
  return at;
}

/** A growing scratch buffer. `bytes()` copies what was written; `view()` does not and lasts until the next `reset()`. */
export class AvroWriter {
  #buffer: Buffer;
  #at = 0;

  constructor(initialBytes = 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  reset(): this {
    this.#at = 0;
    return this;
  }

  #room(bytes: number): Buffer {
    const needed = this.#at + bytes;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#at);
      this.#buffer = larger;
    }
    return this.#buffer;
  }

  integer(value: number): this {
    this.#at = writeInteger(this.#room(9), value, this.#at);
    return this;
  }

  boolean(value: boolean): this {
    this.#room(1)[this.#at++] = value ? 1 : 0;
    return this;
  }

  fixed(value: Uint8Array): this {
    this.#room(value.length).set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  bytes(value: Uint8Array): this {
    return this.integer(value.length).fixed(value);
  }

  string(value: string): this {
    const length = Buffer.byteLength(value);
    this.integer(length);
    this.#at += this.#room(length).write(value, this.#at, length, 'utf8');
    return this;
  }

  array<Item>(items: readonly Item[], write: (item: Item) => void): this {
    if (items.length > 0) {
      this.integer(items.length);
      for (const item of items) write(item);
    }
    return this.integer(0);
  }

  get length(): number {
    return this.#at;
  }

  /** A view on what was written since `reset()`. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  /** A copy of what was written since `reset()`. */
  copy(): Buffer {
    return Buffer.from(this.view());
  }
}
