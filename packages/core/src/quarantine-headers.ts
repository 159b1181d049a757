// What stands beside quarantined bytes: why, when, by whom and from where.
import type { HeaderField } from './header-field.js';
import type { Rejected } from './rejection.js';

/**
 * Headers of a quarantined record, the same on every transport. The record’s own bytes stay as they were received; the
 * session that it refers to, where it is known, stands beside it, for it may outlive the session topic.
 * @param by the agent that rejected it
 */
export function quarantineHeaders(rejected: Rejected, by: string, atMs: number): HeaderField[] {
  const { source } = rejected.received;
  const place: Record<string, string | number> =
    source.transport === 'kafka'
      ? { topic: source.topic, partition: source.partition, offset: source.offset }
      : { queue: source.queue, exchange: source.exchange, 'routing-key': source.routingKey };
  const fields: Record<string, string | number> = {
    code: rejected.code,
    'rejected-by': by,
    'rejected-at': new Date(atMs).toISOString(),
    'record-hash': rejected.recordHash.toString('hex'),
    transport: source.transport,
    ...place,
  };
  const headers: HeaderField[] = Object.entries(fields).map(([name, value]) => ({
    name: `sealwire-${name}`,
    values: [Buffer.from(String(value))],
  }));
  if (rejected.session !== null) headers.push({ name: 'sealwire-session', values: [rejected.session] });
  return headers;
}
