// Audit events for tests.
import type { AuditEvent, AuditKind, Code } from '@sealwire/core';

export const event = (kind: AuditKind, parts: Partial<AuditEvent> = {}): AuditEvent => ({
  kind,
  timestampMs: 1_700_000_000_000,
  senderId: 'orchestrator',
  recipientId: 'researcher',
  messageType: 'task',
  messageHash: null,
  recordHash: null,
  channel: 'orders',
  encryptionStatus: 'sealed',
  outcome: 'acknowledged',
  code: null,
  unverified: false,
  facts: {},
  ...parts,
});

export const rejected = (code: Code, parts: Partial<AuditEvent> = {}): AuditEvent =>
  event('message.rejected', { outcome: 'quarantined', encryptionStatus: 'failed', code, ...parts });
