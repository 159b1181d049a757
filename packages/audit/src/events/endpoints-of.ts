// Who did it, from where and to whom, in OCSF’s terms.
import { isIPv4 } from 'node:net';
import type { AuditEvent } from '@sealwire/core';
import type { EventTexts } from './event-texts.js';
import type { WriterFacts } from './writer-facts.js';

type Members = Readonly<Record<string, unknown>>;

/** Whether the event is of what the writer’s own process did. */
const isOwn = ({ senderId, unverified }: AuditEvent, { agent }: WriterFacts): boolean =>
  senderId === agent && !unverified;

/** The sender. Its process is known where that is the one that writes. */
export function actorOf(event: AuditEvent, writer: WriterFacts, { sender, fact }: EventTexts): Members {
  if (sender === null) return { app_name: 'unknown' };
  const keyId = event.kind.startsWith('message.') ? fact('key_id') : undefined;
  return {
    app_uid: sender,
    user: {
      uid: sender,
      type_id: 99,
      type: 'AI Agent',
      programmatic_credentials: keyId === undefined ? undefined : [{ uid: keyId, type: 'Signing Key' }],
    },
    process: isOwn(event, writer) ? { pid: writer.pid } : undefined,
  };
}

export const sourceOf = (event: AuditEvent, writer: WriterFacts, { sender, host }: EventTexts): Members =>
  sender === null ? { name: 'unknown' } : { uid: sender, hostname: isOwn(event, writer) ? host : undefined };

export function destinationOf(event: AuditEvent, { recipient, fact }: EventTexts): Members | undefined {
  if (!event.kind.startsWith('connection.')) return recipient === null ? undefined : { uid: recipient };
  const [host, { port }] = [fact('host'), event.facts];
  const isPort = typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535;
  return {
    hostname: host ?? 'unknown',
    ip: host !== undefined && isIPv4(host) ? host : undefined,
    port: isPort ? port : undefined,
    svc_name: fact('transport'),
  };
}
