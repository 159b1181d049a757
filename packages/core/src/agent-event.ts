// Events that are about no message: what an agent did, or what happened to it.
import type { AuditEvent } from './audit-event.js';

/** What such an event says; who, when and the fields of a message are filled in. */
export type AgentEventFacts = Pick<AuditEvent, 'kind' | 'outcome' | 'facts'> &
  Partial<Pick<AuditEvent, 'code' | 'encryptionStatus' | 'recipientId' | 'senderId' | 'timestampMs'>>;

/** An event of now, unless it says otherwise, with this agent as its sender. */
export function agentEvent(agent: string, event: AgentEventFacts): AuditEvent {
  return {
    timestampMs: Date.now(),
    senderId: agent,
    recipientId: null,
    messageType: null,
    messageHash: null,
    recordHash: null,
    channel: null,
    encryptionStatus: 'sealed',
    code: null,
    unverified: false,
    ...event,
  };
}
