// What was accepted since a state, in the order of the log: columns, because there is one entry a message.
import type { LaneId } from './lane-id.js';
import type { NonceState } from './nonce-state.js';

const offsetColumn = 0;
const sequenceColumn = 1;
const issuedColumn = 2;
const clockColumn = 3;
const columns = 4;

/** Entries ascend by offset. */
export class Journal {
  #numbers = new Float64Array(64 * columns);
  readonly #ids: LaneId[] = [];

  get length(): number {
    return this.#ids.length;
  }

  offsetAt(index: number): number {
    return this.#numbers[index * columns + offsetColumn]!;
  }

  add(offset: number, id: LaneId, sequence: number, issuedMs: number, clockMs: number): void {
    const { length } = this.#ids;
    if (length > 0 && this.offsetAt(length - 1) > offset) {
      this.#insert(offset, id, sequence, issuedMs);
      return;
    }
    this.#ids.push(id);
    this.#makeRoom();
    this.#write(length, offset, sequence, issuedMs, clockMs);
  }

  /** What a carrier carries is known when later messages of the batch have been judged. The clock is the carrier’s. */
  #insert(offset: number, id: LaneId, sequence: number, issuedMs: number): void {
    const index = this.countBelow(offset + 1);
    const clockMs = index === 0 ? 0 : this.#numbers[(index - 1) * columns + clockColumn]!;
    this.#ids.splice(index, 0, id);
    this.#makeRoom();
    this.#numbers.copyWithin((index + 1) * columns, index * columns, (this.#ids.length - 1) * columns);
    this.#write(index, offset, sequence, issuedMs, clockMs);
  }

  #makeRoom(): void {
    if (this.#ids.length * columns <= this.#numbers.length) return;
    const larger = new Float64Array(2 * this.#numbers.length);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }

  #write(index: number, offset: number, sequence: number, issuedMs: number, clockMs: number): void {
    let at = index * columns;
    this.#numbers[at++] = offset;
    this.#numbers[at++] = sequence;
    this.#numbers[at++] = issuedMs;
    this.#numbers[at] = clockMs;
  }

  /** How many entries lie below an offset. */
  countBelow(offset: number): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offsetAt(middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Brings a state forward by the first entries. */
  apply(state: NonceState, count: number): void {
    for (let index = 0, at = 0; index < count; index++, at += columns) {
      state.accept(
        this.#ids[index]!,
        this.#numbers[at + sequenceColumn]!,
        this.#numbers[at + issuedColumn]!,
        this.#numbers[at + clockColumn]!,
      );
    }
  }

  dropFirst(count: number): void {
    if (count === 0) return;
    this.#numbers.copyWithin(0, count * columns, this.#ids.length * columns);
    this.#ids.splice(0, count);
  }

  /** Keeps the first entries only. */
  cut(count: number): void {
    this.#ids.length = count;
  }

  /** Takes out the entries of these offsets. */
  remove(offsets: ReadonlySet<number>): void {
    let kept = 0;
    for (let index = 0; index < this.#ids.length; index++) {
      if (offsets.has(this.offsetAt(index))) continue;
      this.#ids[kept] = this.#ids[index]!;
      this.#numbers.copyWithin(kept * columns, index * columns, (index + 1) * columns);
      kept++;
    }
    this.cut(kept);
  }
}
