// From the frames of a spool, in their order, to the events that they stand for.
import type { AuditEvent } from '@sealwire/core';
import type { WriterFacts } from '../events/writer-facts.js';
import { decodeEntry } from './entry.js';
import type { SpooledFrame } from '../spool/segment-file.js';

/** Events of one frame. */
export interface FrameEvents {
  readonly writer: WriterFacts;
  readonly events: readonly AuditEvent[];
  /** Those of them that were not written, and say what was lost. */
  readonly gaps?: readonly AuditEvent[];
}

interface Waiting {
  readonly events: readonly AuditEvent[];
  left: number;
}

/** Keeps what is sealed until its outcomes have come: as much as is on its way at a time. */
export class EntryEvents {
  readonly #sealed = new Map<number, Waiting>();

  /** Sealed events whose outcome has not come. */
  get waiting(): number {
    let sum = 0;
    for (const { left } of this.#sealed.values()) sum += left;
    return sum;
  }

  /** The frame of the oldest of them; `null` where there is none. */
  get oldest(): number | null {
    for (const frame of this.#sealed.keys()) return frame;
    return null;
  }

  /**
   * @returns the events that the frame completes or is; `null` where there are none (yet). An outcome whose sealed entry
   * was lost is one event that says so.
   */
  take({ number, payload }: SpooledFrame): FrameEvents | null {
    const entry = decodeEntry(payload);
    if (entry.kind === 'events') return entry;
    if (entry.kind === 'sealed') {
      const was = entry.was === undefined ? undefined : this.#sealed.get(entry.was);
      if (entry.was !== undefined) this.#sealed.delete(entry.was);
      this.#sealed.set(number, { events: entry.events, left: was?.left ?? entry.events.length });
      return null;
    }
    const { writer, parts, outcome, facts } = entry;
    const events: AuditEvent[] = [];
    const gaps: AuditEvent[] = [];
    for (const { frame, from, to } of parts) {
      const sealed = this.#sealed.get(frame);
      if (sealed === undefined) {
        const gap = lostEvents(writer.agent, to - from);
        events.push(gap);
        gaps.push(gap);
        continue;
      }
      for (let i = from; i < to; i++) events.push(completed(sealed.events[i]!, outcome, facts));
      sealed.left -= to - from;
      if (sealed.left <= 0) this.#sealed.delete(frame);
    }
    return { writer, events, gaps };
  }
}

/** What was known of the message when it was sealed, with what became of it. */
function completed(
  sealed: AuditEvent,
  outcome: AuditEvent['outcome'],
  facts: AuditEvent['facts'],
): AuditEvent {
  return {
    ...sealed,
    outcome,
    facts: Object.keys(sealed.facts).length === 0 ? facts : { ...sealed.facts, ...facts },
  };
}

/** Deterministic, as all that is made of frames: its time is none that this process would choose. */
function lostEvents(agent: string, count: number): AuditEvent {
  return {
    kind: 'audit.gap',
    timestampMs: 0,
    senderId: agent,
    recipientId: null,
    messageType: null,
    messageHash: null,
    recordHash: null,
    channel: null,
    encryptionStatus: 'failed',
    outcome: 'unknown',
    code: null,
    unverified: false,
    facts: { reason: 'spool_damaged', events: count },
  };
}
