// How far a spool’s frames have been released, kept over restarts in two slots that are written in turn.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const slotBytes = 12;

/**
 * Not synced: after a power cut an older mark may be read, and what was released since is read again. Never a newer one
 * than was written.
 */
export class ReleaseMark {
  readonly #descriptor: number;
  #slot: number;
  #number: number;

  /** @param file made where there is none */
  constructor(file: string) {
    closeSync(openSync(file, 'a', 0o600));
    const bytes = readFileSync(file);
    const slots = [readSlot(bytes, 0), readSlot(bytes, 1)] as const;
    this.#number = Math.max(slots[0], slots[1]);
    // The older one is overwritten next.
    this.#slot = slots[0] > slots[1] ? 1 : 0;
    this.#descriptor = openSync(file, 'r+');
  }

  /** Frames before it are released; 0 where nothing is known. */
  get number(): number {
    return this.#number;
  }

  /** Errors of the disk are thrown; the mark is the old one then. */
  set(number: number): void {
    const slot = Buffer.alloc(slotBytes);
    slot.writeBigUInt64LE(BigInt(number));
    slot.writeUInt32LE(crc32(slot.subarray(0, 8)), 8);
    writeSync(this.#descriptor, slot, 0, slotBytes, this.#slot * slotBytes);
    this.#slot = 1 - this.#slot;
    this.#number = number;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function readSlot(bytes: Buffer, index: number): number {
  const slot = bytes.subarray(index * slotBytes, (index + 1) * slotBytes);
  if (slot.length < slotBytes || slot.readUInt32LE(8) !== crc32(slot.subarray(0, 8))) return 0;
  return Number(slot.readBigUInt64LE());
}
