// Where a scan is, and what is left of its limits.
import { isUtf8 } from 'node:buffer';
import type { ScanKind } from './scan-failure.js';
import { scanFailure } from './scan-failure.js';
import type { ScanLimits } from './scan-limits.js';

/** What avsc 5.7 reads as it was written: it refuses from 2^53 − 1 on, and reads what is below −2^52 with the wrong sign. */
const greatestLong = Number.MAX_SAFE_INTEGER - 1;
const leastLong = -(2 ** 52);

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
    return this.#long(place, false);
  }

  /** A long of which only the form is checked. */
  wideLong(place: string): void {
    this.#long(place, true);
  }

  #long(place: string, wide: boolean): number {
    const { bytes, end, at: first } = this;
    let at = first;
    // The lowest bit is the sign; kept apart, everything else stays exact in a double.
    let twice = 0;
    let scale = 1;
    for (;;) {
      if (at >= end) this.fail('truncated', place);
      const byte = bytes[at++]!;
      twice += (byte & (scale === 1 ? 0x7e : 0x7f)) * scale;
      if (at - first === 10 && byte > 1) this.fail('varint', place);
      if (byte < 0x80) {
        if (byte === 0 && at - first > 1) this.fail('varint', place);
        break;
      }
      scale *= 128;
    }
    const negative = (bytes[first]! & 1) === 1;
    const value = negative ? -(twice / 2) - 1 : twice / 2;
    if (!wide && (value > greatestLong || value < leastLong)) this.fail('range', place);
    this.at = at;
    return value;
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
