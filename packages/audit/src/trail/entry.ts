// What the frames of a trail’s spool hold: events as they happened, compact, and not yet part of the chain.
import type { AuditEvent, AuditOutcome } from '@sealwire/core';
import type { WriterFacts } from '../events/writer-facts.js';
import { decodeEvents, encodeEvents, type EventRun } from './event-runs.js';

/** A part of a sealed entry: events `from` up to before `to` of the frame. */
export interface SealedPart {
  readonly frame: number;
  readonly from: number;
  readonly to: number;
}

export type Entry =
  /** Messages that are about to be sent; what became of them follows. */
  | {
      readonly kind: 'sealed';
      readonly writer: WriterFacts;
      readonly events: readonly AuditEvent[];
      /** The frame that this one stands in for from here on, so that that one’s file can be removed. */
      readonly was?: number;
    }
  /** What became of them: completes their events. */
  | {
      readonly kind: 'outcome';
      readonly writer: WriterFacts;
      readonly parts: readonly SealedPart[];
      readonly outcome: AuditOutcome;
      readonly facts: AuditEvent['facts'];
    }
  | { readonly kind: 'events'; readonly writer: WriterFacts; readonly events: readonly AuditEvent[] };

const kinds = ['sealed', 'outcome', 'events'] as const;

/** The kind, the length of a JSON text, the text, and the message hashes of its events. */
export function encodeEntry(entry: Entry): Buffer {
  const { kind, writer } = entry;
  if (kind === 'outcome') {
    const { parts, outcome, facts } = entry;
    return framed(kind, { writer, parts, outcome, facts }, Buffer.alloc(0));
  }
  const { runs, hashes } = encodeEvents(entry.events);
  const was = kind === 'sealed' && entry.was !== undefined ? { was: entry.was } : {};
  return framed(kind, { writer, runs, ...was }, hashes);
}

function framed(kind: Entry['kind'], head: object, rest: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const start = Buffer.alloc(5);
  start[0] = kinds.indexOf(kind);
  start.writeUInt32LE(text.length, 1);
  return Buffer.concat([start, text, rest]);
}

/** Of bytes whose checksum held. @throws RangeError, SyntaxError where this process’s version does not know them */
export function decodeEntry(payload: Buffer): Entry {
  const kind = kinds[payload[0]!];
  if (kind === undefined) throw new RangeError('An entry of the audit spool is of a newer version.');
  const end = 5 + payload.readUInt32LE(1);
  const head = JSON.parse(payload.toString('utf8', 5, end)) as unknown;
  if (kind === 'outcome') return { kind, ...(head as Omit<Extract<Entry, { kind: 'outcome' }>, 'kind'>) };
  const { runs, ...rest } = head as { writer: WriterFacts; runs: readonly EventRun[]; was?: number };
  return { kind, ...rest, events: decodeEvents(runs, payload.subarray(end)) };
}
