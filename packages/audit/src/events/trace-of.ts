// The trace that a message belongs to, as its event says.
import type { AuditEvent } from '@sealwire/core';

const traceId = /^(?!0{32})[0-9a-f]{32}$/;
const spanId = /^(?!0{16})[0-9a-f]{16}$/;

/** Whether the event names a trace, in a form that is one. */
export const isTraced = ({ facts: { trace_id } }: AuditEvent): boolean =>
  typeof trace_id === 'string' && traceId.test(trace_id);

/**
 * OCSF’s `trace` of an event that is traced. OCSF wants a span to begin and end: what is known of it is that it was there
 * at the time of the event.
 */
export function traceText({ facts: { trace_id, span_id } }: AuditEvent, timeMs: number): string {
  const span =
    typeof span_id === 'string' && spanId.test(span_id)
      ? `,"span":{"uid":"${span_id}","start_time":${timeMs},"end_time":${timeMs}}`
      : '';
  return `{"uid":"${trace_id}"${span}}`;
}
