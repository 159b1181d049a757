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
    let at = this.#ids.push(id) * columns - columns;
    if (at === this.#numbers.length) {
      const larger = new Float64Array(2 * at);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
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
