// Reads one event of the audit trail.
import { auditEvent } from '../audit-event.ts';
import type { Outcome } from './history.ts';

/** @returns null for events that are not about a received message */
export function outcomeOf(json: Buffer): Outcome | null {
  const event = auditEvent<Record<string, string | number | null | undefined>>(json);
  const { kind, outcome } = event;
  if (kind !== 'message.received' && kind !== 'message.rejected' && kind !== 'message.duplicate') return null;
  const textOf = (name: string): string | null => {
    const value = event[name];
    return typeof value === 'string' ? value : null;
  };
  return {
    outcome: outcome as Outcome['outcome'],
    code: textOf('code'),
    place: event['topic'] === undefined ? null : `${event['topic']}/${event['partition']}/${event['offset']}`,
    messageHash: textOf('message_hash'),
    recordHash: textOf('record_hash'),
  };
}
