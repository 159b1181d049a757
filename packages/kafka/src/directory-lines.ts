// The lines of a directory topic that are still needed, bounded, with when each was last written.
import type { DirectorySourceParts } from '@sealwire/core';

interface Line {
  readonly bytes: Buffer;
  readonly issuer: string | null;
  readonly serial: number;
  writtenAtMs: number;
}

/** Distinct lines in the order in which each first came. Nothing is verified here. */
export class DirectoryLines {
  readonly #parts: Pick<DirectorySourceParts, 'keptLines' | 'peekedLine' | 'maxLineBytes' | 'maxSourceBytes'>;
  #lines: Line[] = [];
  /** Grows with every line that is new. */
  version = 0;

  constructor(
    parts: Pick<DirectorySourceParts, 'keptLines' | 'peekedLine' | 'maxLineBytes' | 'maxSourceBytes'>,
  ) {
    this.#parts = parts;
  }

  get all(): readonly Buffer[] {
    return this.#lines.map(({ bytes }) => bytes);
  }

  /** Takes a record’s value. A line that is here already is only written later than was known; junk is left out. */
  add(value: Buffer, writtenAtMs: number): void {
    if (value.length > this.#parts.maxLineBytes) return;
    const peeked = this.#peek(value);
    if (peeked === null) return;
    const known = this.#lines.find(({ bytes }) => bytes.equals(value));
    if (known !== undefined) {
      known.writtenAtMs = Math.max(known.writtenAtMs, writtenAtMs);
      return;
    }
    // A copy: the value is a view on a whole fetch.
    this.#lines.push({ ...peeked, bytes: Buffer.from(value), writtenAtMs });
    this.version++;
    const kept = new Set(this.#parts.keptLines(this.all));
    this.#lines = this.#lines.filter(({ bytes }) => kept.has(bytes));
    let size = this.#lines.reduce((sum, { bytes }) => sum + bytes.length, 0);
    while (size > this.#parts.maxSourceBytes) size -= this.#lines.shift()!.bytes.length;
  }

  /** The line of an issuer and serial that came first, or `null`. */
  first(issuer: string | null, serial: number): Buffer | null {
    return this.#lines.find((line) => line.issuer === issuer && line.serial === serial)?.bytes ?? null;
  }

  olderThan(atMs: number): Buffer[] {
    return this.#lines.filter(({ writtenAtMs }) => writtenAtMs < atMs).map(({ bytes }) => bytes);
  }

  #peek(value: Buffer): Pick<Line, 'issuer' | 'serial'> | null {
    try {
      return this.#parts.peekedLine('line', value);
    } catch {
      return null;
    }
  }
}
