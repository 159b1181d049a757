// Tells refusals on the span in whose course they happen. Spans themselves are the business of the instrumentations.
import { trace, type Attributes } from '@opentelemetry/api';
import type { AuditEvent, AuditKind, AuditObserver, Transport } from '@sealwire/core';

/** What went well, the spans of the instrumentations say. */
const told: ReadonlySet<AuditKind> = new Set<AuditKind>([
  'message.rejected',
  'message.duplicate',
  'connection.refused',
  'key.used_after_revocation',
]);

/**
 * Adds an event to the active span for each refused or skipped message, refused connection and use of a revoked key, and
 * for each send that failed or whose outcome is not known: `sealwire.` and the kind, with its code, channel and record hash.
 * Where no span is active nothing is told. Does not throw.
 */
export function openTelemetrySpanEvents(): AuditObserver {
  return {
    observe(events, transport) {
      const span = trace.getActiveSpan();
      if (span?.isRecording() !== true) return;
      for (const event of events) {
        if (told.has(event.kind) || isUncertain(event))
          span.addEvent(`sealwire.${event.kind}`, attributesOf(event, transport), event.timestampMs);
      }
    },
  };
}

const isUncertain = ({ kind, outcome }: AuditEvent): boolean =>
  kind === 'message.sent' && outcome !== 'acknowledged';

function attributesOf({ code, channel, outcome, recordHash }: AuditEvent, transport: Transport): Attributes {
  return {
    'messaging.system': transport,
    'sealwire.result': outcome,
    ...(code === null ? {} : { 'sealwire.reason': code }),
    ...(channel === null ? {} : { 'sealwire.channel': channel }),
    ...(recordHash === null ? {} : { 'sealwire.record_hash': recordHash }),
  };
}
