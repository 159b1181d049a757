// Every piece of many texts, found in a stream by looking at each eighth byte of it only.

/** The length of a piece. */
export const windowBytes = 24;
/** The stream is looked at in such steps, the texts at every byte: so a run of `windowBytes + stride − 1` bytes is found. */
export const stride = 8;

/** A run of dashes is nobody’s secret. */
const minDistinctBytes = 6;
const slotBits = 21;
const filterBits = 25;

export class WindowIndex {
  readonly #texts: Buffer;
  readonly #view: DataView;
  /** Where each text begins in `#texts`, and whose it is. */
  readonly #starts: number[] = [];
  readonly #owners: number[] = [];
  /** The last piece of each slot, and for each piece the one before it; −1 ends a chain. A piece is its place in `#texts`. */
  readonly #last = new Int32Array(1 << slotBits).fill(-1);
  readonly #before: Int32Array;
  /** Says of nearly every place at once that no piece is there. */
  readonly #filter = new Uint8Array(1 << (filterBits - 3));
  #used = 0;

  /** @param capacity bytes of all texts together */
  constructor(capacity: number) {
    this.#texts = Buffer.alloc(capacity);
    this.#view = viewOf(this.#texts);
    this.#before = new Int32Array(capacity);
  }

  add(text: Buffer, owner: number): void {
    const start = this.#used;
    this.#starts.push(start);
    this.#owners.push(owner);
    text.copy(this.#texts, start);
    this.#used += text.length;
    for (let at = start; at <= this.#used - windowBytes; at++) {
      const hash = hashAt(this.#view, at);
      const slot = hash >>> (32 - slotBits);
      this.#before[at] = this.#last[slot]!;
      this.#last[slot] = at;
      const bit = hash >>> (32 - filterBits);
      this.#filter[bit >>> 3]! |= 1 << (bit & 7);
    }
  }

  /**
   * Calls `found` with the owner of each text that has a piece in `bytes`.
   * @returns where to go on when more bytes follow
   */
  scan(bytes: Buffer, found: (owner: number) => void): number {
    const view = viewOf(bytes);
    const filter = this.#filter;
    let at = 0;
    for (; at <= bytes.length - windowBytes; at += stride) {
      const hash = hashAt(view, at);
      const bit = hash >>> (32 - filterBits);
      if ((filter[bit >>> 3]! & (1 << (bit & 7))) !== 0) {
        this.#compare(hash >>> (32 - slotBits), bytes.subarray(at, at + windowBytes), found);
      }
    }
    return at;
  }

  #compare(slot: number, window: Buffer, found: (owner: number) => void): void {
    let distinct = false;
    for (let at = this.#last[slot]!; at !== -1; at = this.#before[at]!) {
      if (window.compare(this.#texts, at, at + windowBytes) !== 0) continue;
      distinct ||= new Set(window).size >= minDistinctBytes;
      if (!distinct) return;
      found(this.#ownerOf(at));
    }
  }

  #ownerOf(at: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return this.#owners[low]!;
  }
}

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);

function hashAt(view: DataView, at: number): number {
  let hash = view.getInt32(at, true);
  for (let i = 4; i < windowBytes; i += 4) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + view.getInt32(at + i, true);
  }
  return Math.imul(hash ^ (hash >>> 15), 0x297a2d39) >>> 0;
}
