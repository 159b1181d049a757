// What stands beside quarantined bytes: why, when, by whom and from where.
import type { HeaderField } from './header-field.js';
import type { Rejected } from './rejection.js';

/**
 * Headers of a quarantined record, the same on every transport. The record’s own bytes stay as they were received; the
 * session that it refers to, where it is known, stands beside it, for it may outlive the session topic.
 * @param by the agent that rejected it
 * @param evidence what it signed about it, where there is such
 */
export function quarantineHeaders(
  rejected: Rejected,
  by: string,
  atMs: number,
  evidence: Buffer | null = null,
): HeaderField[] {
  const { source, appendedAtMs, receivedAtMs } = rejected.received;
  const place: Record<string, string | number> =
    source.transport === 'kafka'
      ? { topic: source.topic, partition: source.partition, offset: source.offset }
      : { queue: source.queue, exchange: source.exchange, 'routing-key': source.routingKey };
  const fields: Record<string, string | number> = {
    code: rejected.code,
    reason: rejected.reason,
    'rejected-by': by,
    'rejected-at': new Date(atMs).toISOString(),
    'received-at': new Date(receivedAtMs).toISOString(),
    ...(appendedAtMs === null ? {} : { 'appended-at': new Date(appendedAtMs).toISOString() }),
    'record-hash': rejected.recordHash.toString('hex'),
    transport: source.transport,
    ...place,
    ...rangeFields(rejected),
  };
  const headers: HeaderField[] = Object.entries(fields).map(([name, value]) => ({
    name: `sealwire-${name}`,
    values: [Buffer.from(String(value))],
  }));
  if (rejected.session !== null) headers.push({ name: 'sealwire-session', values: [rejected.session] });
  if (evidence !== null) headers.push({ name: 'sealwire-evidence', values: [evidence] });
  return headers;
}

function rangeFields({ range }: Rejected): Record<string, string | number> {
  if (range === undefined) return {};
  const { count, offsets, digest } = range;
  return { 'range-count': count, 'range-offsets': offsets, 'range-digest': digest.toString('hex') };
}

/** Names that are ours in quarantine, and those that an original had to give up for it. */
const given = /^(original-)*sealwire-/;

/** The name under which an original’s header is kept: ours are not believed of a stranger, and none is lost. */
export function keptName(name: string): string {
  return given.test(name) ? `original-${name}` : name;
}

/** The original’s name of a kept header; `null` for one of ours. */
export function originalName(name: string): string | null {
  if (name.startsWith('sealwire-')) return null;
  return given.test(name) ? name.slice('original-'.length) : name;
}
