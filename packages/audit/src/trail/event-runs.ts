// Events that differ only in what every message has of its own, said once.
import type { AuditEvent } from '@sealwire/core';

type Fact = string | number | null;

/** Facts that differ from message to message. */
const own = ['offset', 'delivery_tag', 'bytes', 'trace_id', 'span_id'] as const;
const isOwn: ReadonlySet<string> = new Set(own);

/** Alike events that follow one another. */
export interface EventRun {
  readonly count: number;
  /** The first, without the message hash. */
  readonly event: AuditEvent;
  /** Whether each has a message hash, which stands in the hashes. */
  readonly hashed: boolean;
  /** What each has of its own, where they differ: by the fact’s name, in order. */
  readonly facts: Readonly<Record<string, readonly Fact[]>>;
}

const hashBytes = 32;

export function encodeEvents(events: readonly AuditEvent[]): { runs: EventRun[]; hashes: Buffer } {
  const hashes = Buffer.alloc(events.length * hashBytes);
  const runs: EventRun[] = [];
  let at = 0;
  for (let start = 0; start < events.length;) {
    const first = events[start]!;
    let end = start + 1;
    while (end < events.length && isAlike(first, events[end]!)) end++;
    const hashed = first.messageHash !== null;
    if (hashed)
      for (let i = start; i < end; i++) at += hashes.write(events[i]!.messageHash!, at, hashBytes, 'hex');
    const facts: Record<string, Fact[]> = {};
    if (end - start > 1)
      for (const name of own) {
        if (first.facts[name] === undefined) continue;
        facts[name] = events.slice(start, end).map((event) => event.facts[name]!);
      }
    runs.push({ count: end - start, event: { ...first, messageHash: null }, hashed, facts });
    start = end;
  }
  return { runs, hashes: hashes.subarray(0, at) };
}

export function decodeEvents(runs: readonly EventRun[], hashes: Buffer): AuditEvent[] {
  const events: AuditEvent[] = [];
  let at = 0;
  for (const { count, event, hashed, facts } of runs) {
    const names = Object.keys(facts);
    for (let i = 0; i < count; i++) {
      const messageHash = hashed ? hashes.toString('hex', at, at + hashBytes) : null;
      if (hashed) at += hashBytes;
      events.push(
        names.length === 0
          ? { ...event, messageHash }
          : { ...event, messageHash, facts: withOwn(event.facts, facts, names, i) },
      );
    }
  }
  return events;
}

function withOwn(
  shared: AuditEvent['facts'],
  facts: EventRun['facts'],
  names: readonly string[],
  i: number,
): AuditEvent['facts'] {
  const all = { ...shared };
  for (const name of names) all[name] = facts[name]![i]!;
  return all;
}

function isAlike(a: AuditEvent, b: AuditEvent): boolean {
  return (
    a.kind === b.kind &&
    a.timestampMs === b.timestampMs &&
    a.senderId === b.senderId &&
    a.recipientId === b.recipientId &&
    a.messageType === b.messageType &&
    a.channel === b.channel &&
    a.encryptionStatus === b.encryptionStatus &&
    a.outcome === b.outcome &&
    a.code === b.code &&
    a.recordHash === b.recordHash &&
    a.unverified === b.unverified &&
    (a.messageHash === null) === (b.messageHash === null) &&
    (a.facts === b.facts || haveAlikeFacts(a.facts, b.facts))
  );
}

/** In the same order too, so that what is rendered of them is the same. */
function haveAlikeFacts(a: AuditEvent['facts'], b: AuditEvent['facts']): boolean {
  const names = Object.keys(a);
  const others = Object.keys(b);
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (name !== others[i]) return false;
    if (isOwn.has(name) ? b[name] === undefined || a[name] === undefined : a[name] !== b[name]) return false;
  }
  return true;
}
