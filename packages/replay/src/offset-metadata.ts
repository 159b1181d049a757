// The string that is committed with an offset: the state as of it, sealed against others by a MAC (SPEC.md ).
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LedgerPlace } from '@sealwire/core';
import { NonceState, type ReplayLimits } from './nonce-state.js';
import { NonceWindow } from './nonce-window.js';
import { VarintReader, VarintWriter } from './varints.js';

/** Kafka’s default for `offset.metadata.max.bytes`. */
export const maxMetadata = 4096;
const prefix = 'sw1.';
const macBytes = 16;
const maxBodyBytes = Math.floor(((maxMetadata - prefix.length) * 3) / 4) - macBytes;
const stateForm = 1;
const rebuildForm = 2;

/** What goes with a state, and with a note that there is none. */
export interface StateMarks {
  /** Where a rebuild begins that cannot go by time; 0: at the log’s start. */
  readonly since: number;
  /** Messages below this offset are a deliberate re-read; 0: none. */
  readonly allowedTo: number;
  /** Until the clock says so, not everything accepted before is known; 0: it is. */
  readonly doubtfulUntilMs: number;
}

export interface DecodedMetadata {
  /** `null`: to be rebuilt. */
  readonly state: NonceState | null;
  readonly marks: StateMarks;
}

/** Writes and reads metadata of one partition under one key. */
export class OffsetMetadata {
  readonly #key: Buffer;
  readonly #place: Buffer;
  readonly #windowMs: number;
  readonly #limits: ReplayLimits;

  /** @param windowMs what a state forgets by: one that forgot sooner is of no use */
  constructor(key: Buffer, place: LedgerPlace, windowMs: number, limits: ReplayLimits) {
    this.#key = key;
    this.#place = placeBytes(place);
    this.#windowMs = windowMs;
    this.#limits = limits;
  }

  /** @returns `null` where the state does not fit */
  state(offset: number, state: NonceState, marks: StateMarks): string | null {
    const writer = begun(stateForm, marks);
    writer.number(this.#windowMs);
    writer.number(state.clockMs);
    const nowSeconds = Math.floor(state.clockMs / 1000);
    const bySender = new Map<string, { key: string; window: NonceWindow }[]>();
    for (const { id, window } of state.lanes.values()) {
      const lanes = bySender.get(id.sender);
      if (lanes === undefined) bySender.set(id.sender, [{ key: id.key, window }]);
      else lanes.push({ key: id.key, window });
    }
    writer.number(bySender.size);
    for (const [sender, lanes] of bySender) {
      writer.latin1(sender);
      writer.number(lanes.length);
      for (const { key, window } of lanes) {
        writer.latin1(key);
        writeWindow(writer, window, nowSeconds);
        if (writer.length > maxBodyBytes) return null;
      }
    }
    return this.#sealed(offset, writer.bytes());
  }

  /** Says that the state is not here. */
  rebuild(offset: number, marks: StateMarks): string {
    return this.#sealed(offset, begun(rebuildForm, marks).bytes());
  }

  /** @returns `null` for what is missing, damaged, of another key or place, or forgot too soon */
  read(offset: number, metadata: string | null): DecodedMetadata | null {
    if (metadata === null || metadata.length > maxMetadata || !metadata.startsWith(prefix)) return null;
    const bytes = Buffer.from(metadata.slice(prefix.length), 'base64url');
    if (bytes.length <= macBytes) return null;
    const body = bytes.subarray(0, -macBytes);
    if (!timingSafeEqual(this.#mac(offset, body), bytes.subarray(-macBytes))) return null;
    try {
      return this.#decode(body);
    } catch {
      return null;
    }
  }

  #decode(body: Buffer): DecodedMetadata | null {
    const reader = new VarintReader(body);
    const form = reader.number();
    const marks = {
      since: reader.number(),
      allowedTo: reader.number(),
      doubtfulUntilMs: reader.number(),
    };
    if (form === rebuildForm) return reader.done ? { state: null, marks } : null;
    if (form !== stateForm) return null;
    if (reader.number() < this.#windowMs) return { state: null, marks: { ...marks, since: 0 } };
    const state = new NonceState(this.#limits);
    state.clockMs = reader.number();
    const nowSeconds = Math.floor(state.clockMs / 1000);
    for (let senders = reader.number(); senders > 0; senders--) {
      const sender = reader.latin1(8);
      for (let lanes = reader.number(); lanes > 0; lanes--) {
        const key = reader.latin1(12);
        state.add({ key, sender }, readWindow(reader, nowSeconds));
      }
    }
    return reader.done ? { state, marks } : null;
  }

  #sealed(offset: number, body: Buffer): string {
    return prefix + Buffer.concat([body, this.#mac(offset, body)]).toString('base64url');
  }

  #mac(offset: number, body: Buffer): Buffer {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(offset));
    const mac = createHmac('sha256', this.#key).update(this.#place).update(number).update(body);
    return mac.digest().subarray(0, macBytes);
  }
}

function begun(form: number, { since, allowedTo, doubtfulUntilMs }: StateMarks): VarintWriter {
  const writer = new VarintWriter();
  for (const number of [form, since, allowedTo, doubtfulUntilMs]) writer.number(number);
  return writer;
}

/** Times are whole seconds, rounded up: what is written is forgotten no sooner than what was known. */
function writeWindow(writer: VarintWriter, window: NonceWindow, nowSeconds: number): void {
  const ago = (ms: number): number => nowSeconds - Math.ceil(ms / 1000);
  writer.signed(ago(window.issuedMs));
  writer.number(window.next);
  writer.number(window.gaps);
  let above = 0;
  for (let gap = 0; gap < window.gaps; gap++) {
    writer.number(window.from[gap]! - above);
    writer.number(window.to[gap]! - window.from[gap]!);
    writer.signed(ago(window.bound[gap]!));
    above = window.to[gap]! + 1;
  }
}

function readWindow(reader: VarintReader, nowSeconds: number): NonceWindow {
  const window = new NonceWindow();
  window.issuedMs = (nowSeconds - reader.signed()) * 1000;
  window.next = reader.number();
  let above = 0;
  for (let gaps = reader.number(); gaps > 0; gaps--) {
    const from = above + reader.number();
    const to = from + reader.number();
    window.addGap(from, to, (nowSeconds - reader.signed()) * 1000);
    above = to + 1;
  }
  return window;
}

function placeBytes({ cluster, group, topic, partition }: LedgerPlace): Buffer {
  const parts = [Buffer.from('sealwire/v1/offset-metadata')];
  for (const name of [cluster, group, topic]) {
    const bytes = Buffer.from(name);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  }
  const number = Buffer.alloc(4);
  number.writeUInt32BE(partition);
  return Buffer.concat([...parts, number]);
}
