// One quarantined record as the commands print it: for people, and as JSON.
import type { Received, Source } from '@sealwire/core';
import { decodeOuter, decodeSession } from '@sealwire/envelope';
import { iso } from './operator.js';
import { isNote } from './redrive-note.js';
import type { QuarantineEntry } from './read-quarantine.js';
import { visibleText } from './visible-text.js';

/** What a record claims to be. Nobody has verified it. */
export interface Claimed {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly channel: string;
  readonly type: string;
}

export function claimedOf({ kept, record }: QuarantineEntry): Claimed | null {
  const envelope = kept.value ?? kept.headers.find(({ name }) => name === 'sealwire')?.values[0];
  try {
    const { session } = decodeOuter(envelope!);
    const bytes = session.length === 16 ? record!.session! : session;
    const { sender, audience, channel, type } = decodeSession(bytes);
    return { sender, recipients: audience, channel, type };
  } catch {
    // What is no envelope, or not all of it, claims nothing.
    return null;
  }
}

export function shownEntry(entry: QuarantineEntry) {
  const { id, kept, record } = entry;
  const head = { id, quarantine: shownSource(kept.source), bytes: sizeOf(kept) };
  if (record === null) return { ...head, foreign: true as const };
  const { original, code, reason, rejectedBy, rejectedAtMs, recordHash, shortened } = record;
  return {
    ...head,
    foreign: false as const,
    code,
    reason,
    rejectedBy,
    rejectedAt: iso(rejectedAtMs),
    receivedAt: iso(original.receivedAtMs),
    appendedAt: original.appendedAtMs === null ? null : iso(original.appendedAtMs),
    from: shownSource(original.source),
    recordHash,
    shortened,
    range: record.range,
    claimed: claimedOf(entry),
    verified: false as const,
  };
}

export function entryLine(entry: QuarantineEntry): string {
  const shown = shownEntry(entry);
  if (shown.foreign && isNote(entry.kept)) return `${shown.id}  an operator’s note`;
  if (shown.foreign) return `${shown.id}  not from an adapter: ${shown.bytes} bytes`;
  const { claimed, shortened, range } = shown;
  if (range !== null)
    return `${shown.id}  ${shown.rejectedAt}  ${shown.code}  ${placeText(entry.record!.original.source)}  by ${JSON.stringify(shown.rejectedBy)}  stands for ${range.count} records at ${range.offsets}, which lie there only`;
  const sender =
    claimed === null ? 'claims no sender' : `claims ${JSON.stringify(claimed.sender)} (unverified)`;
  return `${shown.id}  ${shown.rejectedAt}  ${shown.code}  ${placeText(entry.record!.original.source)}  by ${JSON.stringify(shown.rejectedBy)}  ${shown.bytes} bytes${shortened ? ' kept of more' : ''}  ${sender}`;
}

export function placeText(source: Source): string {
  return source.transport === 'kafka'
    ? `${visibleText(source.topic)}[${source.partition}]@${source.offset}`
    : `queue ${JSON.stringify(source.queue)}`;
}

function shownSource(source: Source): Record<string, string | number> {
  if (source.transport === 'kafka') {
    const { topic, partition, offset } = source;
    return { topic, partition, offset };
  }
  const { queue, exchange, routingKey } = source;
  return { queue, exchange, routingKey };
}

const sizeOf = ({ key, value }: Received): number => (key?.length ?? 0) + (value?.length ?? 0);
