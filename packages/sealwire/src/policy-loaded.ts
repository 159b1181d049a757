// The event of a policy that an agent runs under, with what it accepts as insecure.
import { agentEvent, type AuditEvent, type Clock } from '@sealwire/core';
import { controlNotes, type Policy } from '@sealwire/policy';

/** The first event of an agent’s trail. Names the file by its hash, not by its path. */
export function policyLoaded({ agent, hash, controls }: Policy, clock: Clock): AuditEvent {
  const { notEnforced, insecure } = controlNotes(controls);
  return agentEvent(agent, {
    kind: 'policy.loaded',
    timestampMs: clock.nowMs(),
    outcome: 'acknowledged',
    facts: {
      policy_hash: hash.toString('hex'),
      ...(insecure.length === 0
        ? {}
        : { insecure: insecure.map(({ key, value, until }) => `${key}=${value} until ${until}`).join(', ') }),
      ...(notEnforced.length === 0 ? {} : { not_enforced: notEnforced.join(', ') }),
    },
  });
}
