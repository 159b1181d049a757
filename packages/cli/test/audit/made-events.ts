// Events as they stand on the topic, for what shows them.
import { EventRenderer } from '@sealwire/audit';
import type { AuditEvent } from '@sealwire/core';

const renderer = new EventRenderer();
const writer = { agent: 'researcher', pid: 1, host: 'host', version: '0.1.0' };

export const startMs = Date.UTC(2026, 0, 15, 12);

/** Rendered by the real renderer; the n-th of a chain, a second after the one before. */
export function eventLine(n: number, parts: Partial<AuditEvent> = {}, chain = 'ab'.repeat(16)): string {
  const event: AuditEvent = {
    kind: 'message.sent',
    timestampMs: startMs + n * 1000,
    senderId: 'orchestrator',
    recipientId: 'researcher',
    messageType: 'task',
    messageHash: 'cd'.repeat(32),
    recordHash: null,
    channel: 'orders',
    encryptionStatus: 'sealed',
    outcome: 'acknowledged',
    code: null,
    unverified: false,
    facts: { topic: 'agent-messages', partition: 0, offset: String(n) },
    ...parts,
  };
  return renderer.render(event, writer, { chain, sequence: n, previous: '0'.repeat(64) });
}

export const refusal: Partial<AuditEvent> = {
  kind: 'message.rejected',
  outcome: 'quarantined',
  encryptionStatus: 'failed',
  code: 'ERR_POLICY_SENDER',
  unverified: true,
  messageHash: null,
  recordHash: 'ef'.repeat(32),
};
