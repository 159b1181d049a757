// The last events of one chain as hashes: as many as a checkpoint that is still to come may cover.
import { noHash } from '../chain/leaf-hash.js';

const hashBytes = 32;
const entryBytes = 2 * hashBytes;
const firstEntries = 16;
/** A checkpoint covers 10,000 events (SPEC A-14); some more, and what stands there twice. */
const maxEntries = 32_768;

/** 64 bytes an event. Hashes are 32 latin1 characters. */
export class ChainWindow {
  #bytes = Buffer.allocUnsafeSlow(firstEntries * entryBytes);
  #entries = 0;
  /** When it was last added to, by the caller’s count. */
  touched = 0;
  /** The sequence of the last good checkpoint. */
  checkpointed = -1;

  get entries(): number {
    return this.#entries;
  }

  add(leaf: string, previous: string): void {
    if (this.#entries * entryBytes === this.#bytes.length) this.#makeRoom();
    const at = this.#bytes.write(leaf, this.#entries * entryBytes, 'latin1');
    this.#bytes.write(previous, this.#entries * entryBytes + at, 'latin1');
    this.#entries++;
  }

  clear(): void {
    this.#entries = 0;
  }

  /**
   * The leaves that lead to `last`, from the front: each names the one before as its previous. So what somebody put
   * between them, or what stands there twice, is not among them.
   * @returns `null` where they are not all here
   */
  leaves(last: string, count: number): string[] | null {
    if (count > this.#entries) return null;
    const previousOf = new Map<string, string>();
    for (let i = 0; i < this.#entries; i++) previousOf.set(this.#hash(2 * i), this.#hash(2 * i + 1));
    const leaves: string[] = [];
    for (let leaf = last; leaves.length < count;) {
      const previous = previousOf.get(leaf);
      if (previous === undefined) return null;
      leaves.push(leaf);
      leaf = previous;
      if (leaf === noHash && leaves.length < count) return null;
    }
    return leaves.reverse();
  }

  #hash(place: number): string {
    return this.#bytes.toString('latin1', place * hashBytes, (place + 1) * hashBytes);
  }

  /** Doubles it, or forgets its older half. */
  #makeRoom(): void {
    const old = this.#bytes;
    if (this.#entries < maxEntries) {
      this.#bytes = Buffer.allocUnsafeSlow(old.length * 2);
      old.copy(this.#bytes);
      return;
    }
    this.#entries /= 2;
    old.copyWithin(0, this.#entries * entryBytes);
  }
}
