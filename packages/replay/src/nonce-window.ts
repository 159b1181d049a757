// Which sequences of one lane were accepted: all below the next one, but for the gaps (SPEC.md ).

/** Sorted run lengths. What is not in a gap and below `next` was accepted, or is too old to be. */
export class NonceWindow {
  /** The lowest sequence above every accepted one. */
  next = 0;
  /** The highest issue time that was accepted. */
  issuedMs = 0;
  /** Of each gap: its first and last sequence, and when the last of what may be in it was issued. Ascending. */
  readonly from: number[] = [];
  readonly to: number[] = [];
  readonly bound: number[] = [];

  get gaps(): number {
    return this.from.length;
  }

  has(sequence: number): boolean {
    return sequence < this.next && this.#gapOf(sequence) === -1;
  }

  /** Whether accepting this sequence makes one gap more. It has not been accepted. */
  divides(sequence: number): boolean {
    if (sequence >= this.next) return sequence > this.next;
    const gap = this.#gapOf(sequence);
    return sequence > this.from[gap]! && sequence < this.to[gap]!;
  }

  /** Notes a sequence that has not been accepted. */
  accept(sequence: number, issuedMs: number): void {
    if (issuedMs > this.issuedMs) this.issuedMs = issuedMs;
    if (sequence >= this.next) {
      if (sequence > this.next) this.#push(this.next, sequence - 1, issuedMs);
      this.next = sequence + 1;
      return;
    }
    const gap = this.#gapOf(sequence);
    const from = this.from[gap]!;
    const to = this.to[gap]!;
    // What stands before it was issued before it; what stands behind it, by a clock that may have been set back, as before.
    const bound = Math.max(this.bound[gap]!, issuedMs);
    if (from === to) {
      this.from.splice(gap, 1);
      this.to.splice(gap, 1);
      this.bound.splice(gap, 1);
    } else if (sequence === to) {
      this.to[gap] = sequence - 1;
      this.bound[gap] = issuedMs;
    } else {
      this.from[gap] = sequence + 1;
      this.bound[gap] = bound;
      if (sequence === from) return;
      this.from.splice(gap, 0, from);
      this.to.splice(gap, 0, sequence - 1);
      this.bound.splice(gap, 0, issuedMs);
    }
  }

  /** Closes the gaps of which everything was issued before this. @returns how many */
  closeBefore(issuedMs: number): number {
    let kept = 0;
    const { length } = this.from;
    for (let gap = 0; gap < length; gap++) {
      if (this.bound[gap]! < issuedMs) continue;
      this.from[kept] = this.from[gap]!;
      this.to[kept] = this.to[gap]!;
      this.bound[kept++] = this.bound[gap]!;
    }
    this.from.length = this.to.length = this.bound.length = kept;
    return length - kept;
  }

  copy(): NonceWindow {
    const copy = new NonceWindow();
    copy.next = this.next;
    copy.issuedMs = this.issuedMs;
    for (let gap = 0; gap < this.from.length; gap++)
      copy.#push(this.from[gap]!, this.to[gap]!, this.bound[gap]!);
    return copy;
  }

  /** For what was kept elsewhere: adds a gap above all others. */
  addGap(from: number, to: number, bound: number): void {
    this.#push(from, to, bound);
  }

  #push(from: number, to: number, bound: number): void {
    this.from.push(from);
    this.to.push(to);
    this.bound.push(bound);
  }

  /** The gap that holds a sequence, or −1. */
  #gapOf(sequence: number): number {
    let low = 0;
    let high = this.to.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.to[middle]! < sequence) low = middle + 1;
      else high = middle;
    }
    return low < this.from.length && this.from[low]! <= sequence ? low : -1;
  }
}
