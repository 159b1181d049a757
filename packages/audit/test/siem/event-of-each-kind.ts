// An event of every kind, as the trail writes it.
import type { AuditEvent, AuditKind } from '@sealwire/core';
import { activityOfKind } from '../../src/events/activity-of-kind.js';
import { EventRenderer } from '../../src/events/event-renderer.js';
import type { ParsedEvent } from '../../src/index.js';

export const kinds = Object.keys(activityOfKind) as readonly AuditKind[];

const base: AuditEvent = {
  kind: 'message.sent',
  timestampMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  senderId: 'orchestrator',
  recipientId: 'team,researcher',
  messageType: 'task',
  messageHash: 'ab'.repeat(32),
  recordHash: null,
  channel: 'tasks',
  encryptionStatus: 'sealed',
  outcome: 'acknowledged',
  code: null,
  unverified: false,
  facts: {
    topic: 'tasks',
    partition: 1,
    offset: '7',
    bytes: 742,
    trace_id: 'cd'.repeat(16),
    span_id: 'ef'.repeat(8),
  },
};

const bare = { recipientId: null, messageType: null, messageHash: null, channel: null, facts: {} } as const;

const refused = {
  messageHash: null,
  recordHash: '12'.repeat(32),
  code: 'ERR_INTEGRITY_SIGNATURE',
  outcome: 'quarantined',
  unverified: true,
} as const;

const connection = { transport: 'kafka', host: '10.1.2.3', port: 9093 };

const negotiated = {
  tls_version: 'TLSv1.3',
  tls_cipher: 'TLS_AES_256_GCM_SHA384',
  peer: 'broker-1',
  peer_fingerprint: 'ab'.repeat(32),
  peer_issuer: 'CN=Example CA',
  peer_serial: '0A0B',
};

function draftOf(kind: AuditKind): Partial<AuditEvent> {
  if (kind === 'message.rejected') return refused;
  if (kind === 'connection.refused')
    return { ...bare, code: 'ERR_USAGE_PIN', outcome: 'failed', facts: { ...connection, reason: 'pin' } };
  if (kind.startsWith('connection.')) return { ...bare, facts: { ...connection, ...negotiated } };
  if (kind.startsWith('key.')) return { ...bare, facts: { key_id: '34'.repeat(16), name: 'signing' } };
  if (kind.startsWith('policy.')) return { ...bare, facts: { policy_hash: '56'.repeat(32) } };
  return kind.startsWith('message.') ? {} : bare;
}

const writer = { agent: 'orchestrator', pid: 4711, host: 'pod-17', version: '0.1.0' };
const link = { chain: '78'.repeat(16), sequence: 9, previous: '9a'.repeat(32) };

/** As it stands on the topic. */
export const lineOf = (kind: AuditKind, more: Partial<AuditEvent> = {}): string =>
  new EventRenderer().render({ ...base, kind, ...draftOf(kind), ...more }, writer, link);

export const eventOf = (kind: AuditKind, more: Partial<AuditEvent> = {}): ParsedEvent =>
  JSON.parse(lineOf(kind, more)) as ParsedEvent;
