// How far a long run is, for whoever waits at a terminal.
import type { Streams } from './output.js';

const intervalMs = 1000;
const recordsPerLook = 100;

/** Writes over its own line, once a second at most, and nothing where `err` is no terminal or `out` is one too. */
export class Progress {
  readonly #streams: Streams;
  readonly #what: string;
  #count = 0;
  #shownAtMs = Date.now();
  #shown = false;

  /** @param what is counted, in the plural */
  constructor(streams: Streams, what: string) {
    this.#streams = streams;
    this.#what = what;
  }

  tick(): void {
    this.#count++;
    if (this.#streams.showsProgress !== true || this.#count % recordsPerLook !== 0) return;
    const nowMs = Date.now();
    if (nowMs - this.#shownAtMs < intervalMs) return;
    this.#shownAtMs = nowMs;
    this.#shown = true;
    this.#streams.err(`\r${this.#count} ${this.#what} …`);
  }

  /** Leaves the terminal as it was. */
  end(): void {
    if (this.#shown) this.#streams.err('\r\u001b[K');
  }
}
