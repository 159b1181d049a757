// Events of every kind, with all that an event of the kind can hold.
import type { AuditEvent, AuditKind, AuditOutcome } from '@sealwire/core';
import { activityOfKind } from '../../src/events/activity-of-kind.js';
import type { ChainLink, WriterFacts } from '../../src/index.js';

export const kinds = Object.keys(activityOfKind) as AuditKind[];

/** Must have all: a type says so. */
const everyOutcome: Record<AuditOutcome, null> = {
  acknowledged: null,
  failed: null,
  unknown: null,
  delivered: null,
  quarantined: null,
  dropped: null,
  halted: null,
  skipped: null,
};
export const outcomes = Object.keys(everyOutcome) as AuditOutcome[];

export const writer: WriterFacts = { agent: 'researcher', pid: 4242, host: 'pod-17', version: '0.1.0' };

export const link: ChainLink = {
  chain: '0123456789abcdef'.repeat(2),
  sequence: 7,
  previous: 'cd'.repeat(32),
};

export const sent: AuditEvent = {
  kind: 'message.sent',
  timestampMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  senderId: 'researcher',
  recipientId: 'writer,reviewers',
  messageType: 'task',
  messageHash: 'ab'.repeat(32),
  recordHash: null,
  channel: 'tasks',
  encryptionStatus: 'sealed',
  outcome: 'acknowledged',
  code: null,
  unverified: false,
  facts: { topic: 'agents.tasks', partition: 3, baseOffset: '17', key_id: '0a'.repeat(16) },
};

export const received: AuditEvent = {
  ...sent,
  kind: 'message.received',
  senderId: 'orchestrator',
  recipientId: 'researcher',
  outcome: 'delivered',
  facts: {
    topic: 'agents.tasks',
    partition: 3,
    offset: '17',
    key_id: '0a'.repeat(16),
    bytes: 1_234,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
    correlation_id: '5c'.repeat(16),
  },
};

export const rejected: AuditEvent = {
  ...received,
  kind: 'message.rejected',
  messageHash: null,
  recordHash: 'ef'.repeat(32),
  encryptionStatus: 'failed',
  outcome: 'quarantined',
  code: 'ERR_INTEGRITY_SIGNATURE',
  unverified: true,
  facts: { queue: 'tasks', exchange: '', routing_key: 'tasks', delivery_tag: '9' },
};

export const opened: AuditEvent = {
  ...sent,
  kind: 'connection.opened',
  recipientId: null,
  messageType: null,
  messageHash: null,
  channel: null,
  facts: {
    transport: 'kafka',
    host: '10.1.2.3',
    port: 9_093,
    tls_version: 'TLSv1.3',
    tls_cipher: 'TLS_AES_256_GCM_SHA384',
    peer: 'CN=broker-1',
    peer_fingerprint: '12'.repeat(32),
    peer_issuer: 'CN=ca',
    peer_serial: '0A0B',
  },
};
