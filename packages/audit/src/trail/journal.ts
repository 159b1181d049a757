// What is written to the spool, and which messages on their way have no outcome yet.
import type { AuditEvent, AuditOutcome } from '@sealwire/core';
import type { WriterFacts } from '../events/writer-facts.js';
import type { Spool } from '../spool/spool.js';
import { decodeEntry, encodeEntry, type Entry, type SealedPart } from './entry.js';

/** Events of one frame, at most. */
const frameEvents = 1_000;
/** One frame of messages that are on their way. */
export interface SealedFrame {
  frame: number;
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

  hasRoom(events: number): boolean {
    return this.#spool.hasRoom(events * 256 + 4096);
  }

  /**
   * All or nothing.
   * @param beyond also where the spool is full
   * @returns the frame behind the last. @throws InabilityError ERR_UNABLE_AUDIT
   */
  record(events: readonly AuditEvent[], beyond = false): number {
    const entries = partsOf(events).map((part): Entry => ({ ...this.#of('events'), events: part }));
    this.#append(entries, beyond);
    return this.#spool.next;
  }

  /** All or nothing. @returns one ticket an event. @throws InabilityError ERR_UNABLE_AUDIT */
  seal(events: readonly AuditEvent[]): Ticket[] {
    const parts = partsOf(events);
    const first = this.#append(parts.map((part): Entry => ({ ...this.#of('sealed'), events: part })));
    return parts.flatMap((part, i) => {
      const sealed = { frame: first + i, left: part.length };
      this.#open.add(sealed);
      return part.map((_, index): Ticket => ({ sealed, index }));
    });
  }

  /**
   * All or nothing; also where the spool is full, for it is bounded by what was sealed.
   * @param tickets none that has an outcome
   * @returns the frame behind the last. @throws InabilityError ERR_UNABLE_AUDIT where the disk does not take it
   */
  conclude(tickets: readonly Ticket[], outcome: AuditOutcome, facts: AuditEvent['facts']): number {
    const entries = partsOf(tickets).map((some): Entry => ({
      ...this.#of('outcome'),
      parts: rangesOf(some),
      outcome,
      facts,
    }));
    this.#append(entries, true);
    for (const { sealed } of tickets) if (--sealed.left === 0) this.#open.delete(sealed);
    return this.#spool.next;
  }

  /** What was sealed before a restart. */
  concludeUnknown(parts: readonly SealedPart[]): void {
    const facts = { after: 'restart' };
    this.#append(
      parts.map((part): Entry => ({ ...this.#of('outcome'), parts: [part], outcome: 'unknown', facts })),
      true,
    );
  }

  #of<Kind extends Entry['kind']>(kind: Kind): { readonly kind: Kind; readonly writer: WriterFacts } {
    return { kind, writer: this.#writer };
  }

  /** @returns the number of the first frame */
  #append(entries: readonly Entry[], beyond = false): number {
    return entries.length === 0 ? this.#spool.next : this.#spool.append(entries.map(encodeEntry), beyond);
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
      this.#open.delete(sealed);
      // What is damaged is told when its outcome comes.
      if (entry?.kind !== 'sealed') continue;
      sealed.frame = this.#append([{ ...entry, was: sealed.frame }], true);
      this.#open.add(sealed);
    }
    return old.length > 0;
  }
}

function partsOf<Item>(items: readonly Item[]): (readonly Item[])[] {
  if (items.length <= frameEvents) return items.length === 0 ? [] : [items];
  const parts: Item[][] = [];
  for (let start = 0; start < items.length; start += frameEvents)
    parts.push(items.slice(start, start + frameEvents));
  return parts;
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
