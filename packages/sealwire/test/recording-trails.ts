// Trails for tests of other parts: what is recorded is at once where a test can look at it.
import { sentEvent, type Trail } from '@sealwire/audit';
import { InabilityError, type AuditEvent } from '@sealwire/core';
import type { Trails } from '../src/audit-trails.js';

export const noSink = { write: () => Promise.resolve() };

export interface RecordingTrails extends Trails {
  readonly events: AuditEvent[];
  /** What stands for each event in `unmapped`, but for the chain: a JSON text each. */
  readonly lines: string[];
}

export function recordingTrails(): RecordingTrails {
  const events: AuditEvent[] = [];
  const lines: string[] = [];
  const record: Trail['record'] = (more) => {
    events.push(...more);
    lines.push(...more.map((event) => JSON.stringify(flat(event))));
    return Promise.resolve();
  };
  let closed = false;
  const trail: Trail = {
    assertRoom: () => undefined,
    seal() {
      if (closed) throw new InabilityError('ERR_UNABLE_AUDIT', 'The audit trail is closed.');
    },
    conclude: (batch, outcome, facts) => record(batch.map((sent) => sentEvent(sent, outcome, facts))),
    record,
    report: record,
  };
  const close = async (): Promise<void> => {
    closed = true;
  };
  return { events, lines, of: () => trail, states: () => [], close };
}

function flat(event: AuditEvent): Record<string, unknown> {
  const { code, recordHash, unverified } = event;
  return {
    kind: event.kind,
    timestamp: new Date(event.timestampMs).toISOString(),
    sender_id: event.senderId,
    recipient_id: event.recipientId,
    message_type: event.messageType,
    message_hash: event.messageHash,
    channel: event.channel,
    encryption_status: event.encryptionStatus,
    outcome: event.outcome,
    ...(code === null ? {} : { code }),
    ...(recordHash === null ? {} : { record_hash: recordHash }),
    ...(unverified ? { unverified } : {}),
    ...event.facts,
  };
}
