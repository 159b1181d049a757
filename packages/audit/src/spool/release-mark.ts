// How far a spool’s frames have been synced and released, kept over restarts in two slots that are written in turn.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const slotBytes = 20;

/** Numbers of frames: those before `synced` are on the disk, those before `released` are not needed any more. */
interface Marked {
  readonly released: number;
  readonly synced: number;
}

/**
 * Not synced itself: after a power cut an older mark may be read, so what was released since is read again. Never a newer
 * one than was written.
 */
export class ReleaseMark {
  readonly #descriptor: number;
  #slot: number;
  #marked: Marked;

  /** @param file made where there is none */
  constructor(file: string) {
    closeSync(openSync(file, 'a', 0o600));
    const bytes = readFileSync(file);
    const slots = [readSlot(bytes, 0), readSlot(bytes, 1)] as const;
    const newer = isNewer(slots[0], slots[1]) ? 0 : 1;
    this.#marked = slots[newer];
    // The older one is overwritten next.
    this.#slot = 1 - newer;
    this.#descriptor = openSync(file, 'r+');
  }

  /** 0 where nothing is known. */
  get released(): number {
    return this.#marked.released;
  }

  /** 0 where nothing is known. */
  get synced(): number {
    return this.#marked.synced;
  }

  /** Errors of the disk are thrown; the mark is the old one then. */
  set(change: Partial<Marked>): void {
    const marked = { ...this.#marked, ...change };
    const slot = Buffer.alloc(slotBytes);
    slot.writeBigUInt64LE(BigInt(marked.released));
    slot.writeBigUInt64LE(BigInt(marked.synced), 8);
    slot.writeUInt32LE(crc32(slot.subarray(0, 16)), 16);
    writeSync(this.#descriptor, slot, 0, slotBytes, this.#slot * slotBytes);
    this.#slot = 1 - this.#slot;
    this.#marked = marked;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Both only ever grow. */
const isNewer = (a: Marked, b: Marked): boolean => a.released + a.synced > b.released + b.synced;

function readSlot(bytes: Buffer, index: number): Marked {
  const slot = bytes.subarray(index * slotBytes, (index + 1) * slotBytes);
  if (slot.length < slotBytes || slot.readUInt32LE(16) !== crc32(slot.subarray(0, 16)))
    return { released: 0, synced: 0 };
  return { released: Number(slot.readBigUInt64LE()), synced: Number(slot.readBigUInt64LE(8)) };
}
