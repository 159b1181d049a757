// The audit event of a memory that was rebuilt from the log.
import { agentEvent, type AuditEvent } from '@sealwire/core';

export interface Rebuilt {
  readonly agent: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Where reading began, and up to where, exclusively. */
  readonly from: number;
  readonly to: number;
  /** Whether everything that could have been accepted was there to read. */
  readonly complete: boolean;
}

export function rebuiltEvent({ agent, group, topic, partition, from, to, complete }: Rebuilt): AuditEvent {
  return agentEvent(agent, {
    kind: 'replay.rebuilt',
    outcome: 'acknowledged',
    code: complete ? null : 'ERR_UNABLE_REPLAY',
    facts: { group, topic, partition, from_offset: from, to_offset: to, complete: complete ? 'yes' : 'no' },
  });
}
