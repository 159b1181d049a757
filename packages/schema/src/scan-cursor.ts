// Where a scan is, and what is left of its limits.
import { isUtf8 } from 'node:buffer';
import type { ScanKind } from './scan-failure.js';
import { scanFailure } from './scan-failure.js';
import type { ScanLimits } from './scan-limits.js';

/** Below this a loop is faster than a call out of JavaScript. */
const shortBytes = 48;

/** A cursor over one datum. Every method throws ValidationError where the bytes are not what they must be. */
export class ScanCursor {
  readonly bytes: Buffer;
  readonly end: number;
  readonly limits: ScanLimits;
  at = 0;
  /** Length of the last string that was skipped. */
  stringBytes = 0;
  /** Where the block that was opened last must end. */
  blockEnd = -1;
  /** Starts and ends of the keys of the maps that are open. */
  readonly keyPlaces: number[] = [];
  /** How many of them count. The list is not cut: an emptied one would be made anew for each of many small maps. */
  keyTop = 0;
  /** Of the number that was read last, sign in the lowest bit: 28, 28 and 8 bits. */
  readonly #parts = { low: 0, middle: 0, top: 0 };
  #depth = 0;
  #items = 0;
  #emptyItems = 0;
  #mapEntries = 0;
  #steps = 0;

  constructor(bytes: Buffer, limits: ScanLimits) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.limits = limits;
  }

  fail(kind: ScanKind, place: string, limit: keyof ScanLimits | null = null): never {
    throw scanFailure(kind, place, this.at, limit);
  }

  /** Counts values that a decoder would make. */
  step(values: number, place: string): void {
    if ((this.#steps += values) > this.limits.steps) this.fail('limit', place, 'steps');
  }

  enter(place: string): void {
    if (++this.#depth > this.limits.depth) this.fail('limit', place, 'depth');
  }

  leave(): void {
    this.#depth--;
  }

  /** Counts items before any is walked: a count that the bytes left cannot hold is a lie. */
  takeItems(count: number, leastBytes: number, place: string): void {
    if (count * leastBytes > this.end - this.at) this.fail('length', place);
    if (leastBytes === 0 && (this.#emptyItems += count) > this.limits.emptyItems)
      this.fail('limit', place, 'emptyItems');
    if ((this.#items += count) > this.limits.items) this.fail('limit', place, 'items');
  }

  takeEntries(count: number, place: string): void {
    if ((this.#mapEntries += count) > this.limits.mapEntries) this.fail('limit', place, 'mapEntries');
  }

  /** A number that a double holds exactly, in its one shortest encoding. */
  integer(place: string): number {
    const { at } = this;
    if (at < this.end) {
      const byte = this.bytes[at]!;
      if (byte < 0x80) {
        this.at = at + 1;
        return (byte >>> 1) ^ -(byte & 1);
      }
    }
    this.#varint(place);
    if (this.#tooLong()) this.fail('range', place);
    const { low, middle } = this.#parts;
    const magnitude = middle === 0 ? low >>> 1 : (middle * 2 ** 28 + low - (low & 1)) / 2;
    return (low & 1) === 1 ? -magnitude - 1 : magnitude;
  }

  /** A long that a double holds exactly; makes nothing of it. */
  long(place: string): void {
    const { at } = this;
    if (at < this.end && this.bytes[at]! < 0x80) {
      this.at = at + 1;
      return;
    }
    this.#varint(place);
    if (this.#tooLong()) this.fail('range', place);
  }

  /** A long of which only the form is checked. */
  wideLong(place: string): void {
    this.#varint(place);
  }

  /** Reads into `#parts`: small integers, because doubles are garbage wherever code is not optimised. */
  #varint(place: string): void {
    const { bytes, end, at: first } = this;
    const parts = this.#parts;
    parts.low = parts.middle = parts.top = 0;
    let byte = 0x80;
    let at = first;
    for (let group = 0; byte >= 0x80; group++) {
      if (at >= end) this.fail('truncated', place);
      byte = bytes[at++]!;
      if (group === 9 && byte > 1) this.fail('varint', place);
      const bits = byte & 0x7f;
      if (group < 4) parts.low |= bits << (7 * group);
      else if (group < 8) parts.middle |= bits << (7 * (group - 4));
      else parts.top |= bits << (7 * (group - 8));
    }
    if (byte === 0 && at - first > 1) this.fail('varint', place);
    this.at = at;
  }

  /** Whether the long in `#parts` is one that avsc 5.7 does not read as it was written: from 2^53 − 1 on it refuses, below −2^52 it takes the wrong sign. */
  #tooLong(): boolean {
    const { low, middle, top } = this.#parts;
    if (top !== 0) return true;
    if ((low & 1) === 1) return middle >= 2 ** 25;
    return middle >= 2 ** 26 || (middle === 2 ** 26 - 1 && low === 2 ** 28 - 2);
  }

  int(place: string): void {
    const value = this.integer(place);
    if (value < -0x8000_0000 || value > 0x7fff_ffff) this.fail('range', place);
  }

  /** @returns an index below `count` */
  index(count: number, place: string): number {
    const index = this.integer(place);
    if (index < 0 || index >= count) this.fail('index', place);
    return index;
  }

  boolean(place: string): void {
    if (this.at >= this.end) this.fail('truncated', place);
    if (this.bytes[this.at]! > 1) this.fail('boolean', place);
    this.at++;
  }

  skip(bytes: number, place: string): void {
    if (bytes > this.end - this.at) this.fail('truncated', place);
    this.at += bytes;
  }

  /** The length of what follows, which the bytes left can hold. */
  length(place: string): number {
    const length = this.integer(place);
    if (length < 0 || length > this.end - this.at) this.fail('length', place);
    return length;
  }

  /** Skips `bytes`. */
  blob(place: string): void {
    const length = this.length(place);
    if (length > this.limits.stringBytes) this.fail('limit', place, 'stringBytes');
    this.at += length;
  }

  /** Skips a string. */
  string(place: string): void {
    const length = this.length(place);
    if (length > this.limits.stringBytes) this.fail('limit', place, 'stringBytes');
    const start = this.at;
    const end = start + length;
    if (!this.#isShortAscii(start, end) && !isUtf8(this.bytes.subarray(start, end))) this.fail('utf8', place);
    this.stringBytes = length;
    this.at = end;
  }

  #isShortAscii(start: number, end: number): boolean {
    if (end - start > shortBytes) return false;
    const { bytes } = this;
    for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return false;
    return true;
  }
}
