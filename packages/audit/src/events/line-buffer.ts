// A line that stays as bytes: what is new in the next one is written over what it replaces.

interface Place {
  /** Which slot it shows. */
  readonly slot: number;
  /** Of its text among the pieces. */
  readonly piece: number;
  start: number;
  width: number;
}

/** Texts are visible ASCII. */
export class LineBuffer {
  /** Constant and filled texts, in order. */
  readonly #pieces: string[] = [];
  readonly #places: Place[] = [];
  readonly #placesOf: Place[][] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Index of the first place whose text no longer fits; -1: none. */
  #moved = -1;

  /** Adds a text to a line that is being drawn. */
  add(...texts: readonly string[]): void {
    this.#pieces.push(texts.join(''));
  }

  /** Here goes what `fill` is given for this slot; a slot can have several places. */
  place(slot: number, text = ''): void {
    const place = { slot, piece: this.#pieces.length, start: 0, width: 0 };
    this.#pieces.push(text);
    this.#places.push(place);
    (this.#placesOf[slot] ??= []).push(place);
    this.#moved = 0;
  }

  /** A text of the width of the one before costs a copy; another one moves what is behind it. */
  fill(slot: number, text: string): void {
    const places = this.#placesOf[slot];
    if (places === undefined) return;
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!;
      this.#pieces[place.piece] = text;
      if (place.width === text.length) this.#bytes.write(text, place.start, 'latin1');
      else this.#move(place);
    }
  }

  get length(): number {
    if (this.#moved >= 0) this.#write();
    return this.#length;
  }

  /** A copy. */
  toBuffer(): Buffer {
    const { length } = this;
    const copy = Buffer.allocUnsafe(length);
    this.#bytes.copy(copy, 0, 0, length);
    return copy;
  }

  toString(): string {
    const { length } = this;
    return this.#bytes.toString('latin1', 0, length);
  }

  #move(place: Place): void {
    const index = this.#places.indexOf(place);
    if (this.#moved < 0 || index < this.#moved) this.#moved = index;
  }

  /** Everything from the first moved place on. */
  #write(): void {
    const pieces = this.#pieces;
    const first = this.#places[this.#moved];
    // Nothing has a start until all of it was written once.
    let piece = this.#length === 0 ? 0 : (first?.piece ?? 0);
    let at = piece === 0 ? 0 : first!.start;
    let place = this.#length === 0 ? 0 : this.#moved;
    let needed = at;
    for (let i = piece; i < pieces.length; i++) needed += pieces[i]!.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(needed + 256);
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    for (; piece < pieces.length; piece++) {
      const text = pieces[piece]!;
      const here = this.#places[place];
      if (here?.piece === piece) {
        here.start = at;
        here.width = text.length;
        place++;
      }
      at += this.#bytes.write(text, at, 'latin1');
    }
    this.#length = at;
    this.#moved = -1;
  }
}
