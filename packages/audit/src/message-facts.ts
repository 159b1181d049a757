// What an event says of a message beside who, what and where: its keys, its size and its trace.
import type { AuditEvent, HeaderField, Sealed, Verified } from '@sealwire/core';
import { traceIds } from './trace-ids.js';

export type Facts = Record<string, string | number | null>;

/** What can be seen of any record. */
interface Carried {
  readonly value: Buffer | null;
  readonly headers: readonly HeaderField[];
}

/** Of a message that this end sealed. */
export function sentFacts(sealed: Sealed): AuditEvent['facts'] {
  const all: Facts = { key_id: sealed.facts.senderKeyId.toString('hex') };
  addCarried(all, sealed);
  return all;
}

/** Into facts that say where it was read. */
export function addReceivedFacts(all: Facts, { facts, received, recipientKeyId }: Verified): void {
  all['key_id'] = facts.senderKeyId.toString('hex');
  if (recipientKeyId !== undefined && recipientKeyId !== null) all['recipient_key_id'] = recipientKeyId;
  addCarried(all, received);
}

/** Of any record. */
export function carriedFacts(carried: Carried): AuditEvent['facts'] {
  const all: Facts = {};
  addCarried(all, carried);
  return all;
}

/** Its size as it travels, and its trace: that header is bound to nothing, whoever carries a message may change it. */
function addCarried(all: Facts, { value, headers }: Carried): void {
  if (value !== null) all['bytes'] = value.length;
  for (const { name, values } of headers) {
    if (name !== 'traceparent') continue;
    const ids = values.length === 1 ? traceIds(values[0]!) : null;
    if (ids === null) return;
    all['trace_id'] = ids.traceId;
    all['span_id'] = ids.spanId;
    return;
  }
}
