// What is written to the spool, and which messages on their way have no outcome yet.
import type { AuditEvent, AuditOutcome } from '@sealwire/core';
import type { WriterFacts } from '../events/writer-facts.js';
import type { Spool } from '../spool/spool.js';
import { decodeEntry, encodeEntry, type SealedPart } from './entry.js';

/** Events of one frame, at most. */
const frameEvents = 1_000;
/** So much is left free for what must not be refused: the outcomes of what is on its way. */
const reserveBytes = 1024 * 1024;

/** One frame of messages that are on their way. */
export interface SealedFrame {
  frame: number;
  readonly count: number;
  left: number;
}

/** A message on its way. */
export interface Ticket {
  readonly sealed: SealedFrame;
  readonly index: number;
}

export class Journal {
  readonly #spool: Spool;
  readonly #writer: WriterFacts;
  /** In the order of their frames. */
  readonly #open = new Set<SealedFrame>();

  constructor(spool: Spool, writer: WriterFacts) {
    this.#spool = spool;
    this.#writer = writer;
  }

  /** Of the oldest message that is on its way, or the next one. */
  get oldestNeeded(): number {
    for (const { frame } of this.#open) return frame;
    return this.#spool.next;
  }

  /** Messages that are on their way. */
  get onTheirWay(): number {
    let sum = 0;
    for (const { left } of this.#open) sum += left;
    return sum;
  }

  hasRoom(events: number): boolean {
    return this.#spool.hasRoom(reserveBytes + 2 * (events * 256 + 4096));
  }

  /** @returns the frame behind the last. @throws InabilityError ERR_UNABLE_AUDIT */
  record(events: readonly AuditEvent[]): number {
    for (const part of partsOf(events)) this.#append({ kind: 'events', writer: this.#writer, events: part });
    return this.#spool.next;
  }

  /** All or nothing. @returns one ticket an event. @throws InabilityError ERR_UNABLE_AUDIT */
  seal(events: readonly AuditEvent[]): Ticket[] {
    const tickets: Ticket[] = [];
    const frames: SealedFrame[] = [];
    try {
      for (const part of partsOf(events)) {
        const frame = this.#append({ kind: 'sealed', writer: this.#writer, events: part }, reserveBytes);
        const sealed = { frame, count: part.length, left: part.length };
        frames.push(sealed);
        this.#open.add(sealed);
        part.forEach((_, index) => tickets.push({ sealed, index }));
      }
    } catch (error) {
      // Nothing is sent, also of what stands there already.
      const parts = frames.map(({ frame, count }) => ({ frame, from: 0, to: count }));
      if (parts.length > 0) this.#conclude(parts, 'failed', { reason: 'spool_full' });
      for (const sealed of frames) this.#open.delete(sealed);
      throw error;
    }
    return tickets;
  }

  /** @param tickets none that has an outcome. @returns the frame behind the last. @throws InabilityError ERR_UNABLE_AUDIT */
  conclude(tickets: readonly Ticket[], outcome: AuditOutcome, facts: AuditEvent['facts']): number {
    for (let start = 0; start < tickets.length; start += frameEvents) {
      const some = tickets.slice(start, start + frameEvents);
      this.#conclude(rangesOf(some), outcome, facts);
      for (const { sealed } of some) if (--sealed.left === 0) this.#open.delete(sealed);
    }
    return this.#spool.next;
  }

  #conclude(parts: readonly SealedPart[], outcome: AuditOutcome, facts: AuditEvent['facts']): void {
    this.#append({ kind: 'outcome', writer: this.#writer, parts, outcome, facts });
  }

  #append(entry: Parameters<typeof encodeEntry>[0], reserve = 0): number {
    return this.#spool.append(encodeEntry(entry), reserve);
  }

  /**
   * A transaction that stays open for an hour must not hold up the removal of files: what lies in an older file than the
   * newest is written again at the end, once half of the spool is full.
   * @returns whether anything was. @throws InabilityError ERR_UNABLE_AUDIT
   */
  carry(): boolean {
    const spool = this.#spool;
    if (!spool.isHalfFull) return false;
    const old = [...this.#open].filter(({ frame }) => frame < spool.newestFile);
    for (const sealed of old) {
      const cursor = spool.cursor(sealed.frame);
      const [found] = cursor.read(sealed.frame + 1);
      cursor.close();
      const entry = found === undefined ? null : decodeEntry(found.payload);
      // What is damaged is told when its outcome comes.
      const frame =
        entry?.kind === 'sealed' ? this.#append({ ...entry, was: sealed.frame }) : this.#spool.next;
      this.#open.delete(sealed);
      sealed.frame = frame;
      this.#open.add(sealed);
    }
    return old.length > 0;
  }
}

function* partsOf(events: readonly AuditEvent[]): Generator<readonly AuditEvent[]> {
  for (let start = 0; start < events.length; start += frameEvents)
    yield start === 0 && events.length <= frameEvents ? events : events.slice(start, start + frameEvents);
}

/** Messages of one send lie side by side nearly always. */
function rangesOf(tickets: readonly Ticket[]): SealedPart[] {
  const parts: { frame: number; from: number; to: number }[] = [];
  for (const { sealed, index } of tickets) {
    const last = parts.at(-1);
    if (last?.frame === sealed.frame && last.to === index) last.to++;
    else parts.push({ frame: sealed.frame, from: index, to: index + 1 });
  }
  return parts;
}
