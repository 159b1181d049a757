// Where a chain stands: kept over restarts in two slots that are written in turn.
import { closeSync, fdatasync, openSync, readFileSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

/** After which frame, and with which event, the chain goes on. */
export interface ChainState {
  /** 32 hex digits. */
  readonly chain: string;
  /** Of the first frame that is not published. */
  readonly frame: number;
  /** Of the next event. */
  readonly sequence: number;
  /** Leaf hash of the last event, 64 hex digits. */
  readonly previous: string;
  /** Of the first event that no checkpoint covers. */
  readonly first: number;
  /** The tree over those events, as `CompactRange` keeps it: hex digits. */
  readonly nodes: readonly string[];
}

const slotBytes = 4_096;
const dataSync = promisify(fdatasync);

/** What `set` wrote survives the process; what `sync` resolved for survives a power cut. */
export class ChainMark {
  readonly #descriptor: number;
  #slot: number;
  #count: number;
  #state: ChainState | null;
  readonly #isDamaged: boolean;

  /** @param file made where there is none */
  constructor(file: string) {
    closeSync(openSync(file, 'a', 0o600));
    const bytes = readFileSync(file);
    const slots = [readSlot(bytes, 0), readSlot(bytes, 1)] as const;
    const newer = (slots[0]?.count ?? -1) > (slots[1]?.count ?? -1) ? 0 : 1;
    this.#state = slots[newer]?.state ?? null;
    this.#count = slots[newer]?.count ?? 0;
    this.#isDamaged = this.#state === null && bytes.length > 0;
    this.#slot = 1 - newer;
    this.#descriptor = openSync(file, 'r+');
  }

  /** `null` where there was none, or none can be read. */
  get state(): ChainState | null {
    return this.#state;
  }

  /** Whether there was a state that cannot be read any more. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** Errors of the disk are thrown; the state is the old one then. */
  set(state: ChainState): void {
    const text = Buffer.from(JSON.stringify({ count: this.#count + 1, state }));
    const slot = Buffer.alloc(slotBytes);
    slot.writeUInt32LE(text.length);
    slot.writeUInt32LE(crc32(text), 4);
    text.copy(slot, 8);
    writeSync(this.#descriptor, slot, 0, slotBytes, this.#slot * slotBytes);
    this.#slot = 1 - this.#slot;
    this.#count++;
    this.#state = state;
  }

  async sync(): Promise<void> {
    await dataSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function readSlot(bytes: Buffer, index: number): { count: number; state: ChainState } | null {
  const slot = bytes.subarray(index * slotBytes, (index + 1) * slotBytes);
  if (slot.length < slotBytes) return null;
  const text = slot.subarray(8, 8 + Math.min(slot.readUInt32LE(), slotBytes - 8));
  if (text.length === 0 || crc32(text) !== slot.readUInt32LE(4)) return null;
  return JSON.parse(text.toString()) as { count: number; state: ChainState };
}
