// The events of policies: the one that an agent runs under, those that replaced it, and those that were refused.
import { agentEvent, SealwireError, type AuditEvent, type Clock } from '@sealwire/core';
import { controlNotes, type Policy } from '@sealwire/policy';
import type { Difference } from './policy-ask.js';

type Named = Pick<Policy, 'agent' | 'hash' | 'controls'>;

/** The first event of an agent’s trail. Names the file by its hash, not by its path. */
export function policyLoaded(policy: Named, clock: Clock): AuditEvent {
  return agentEvent(policy.agent, {
    kind: 'policy.loaded',
    timestampMs: clock.nowMs(),
    outcome: 'acknowledged',
    facts: factsOf(policy),
  });
}

/** Another one is in force from now on. */
export function policyChanged(
  policy: Named,
  before: Pick<Policy, 'hash'>,
  { weaker, stronger, other, text }: Difference,
  clock: Clock,
): AuditEvent {
  return agentEvent(policy.agent, {
    kind: 'policy.changed',
    timestampMs: clock.nowMs(),
    outcome: 'acknowledged',
    facts: {
      ...factsOf(policy),
      previous_hash: before.hash.toString('hex'),
      weaker,
      stronger,
      other,
      // What files hold that both name is a difference too, and no setting.
      changes: text === '' ? 'a file that the policy names, or how it is written' : text,
    },
  });
}

/** The one on offer is not taken; that of `inForce` stays. */
export function policyRefused({ agent, hash }: Named, error: unknown, clock: Clock): AuditEvent {
  return agentEvent(agent, {
    kind: 'policy.refused',
    timestampMs: clock.nowMs(),
    outcome: 'failed',
    encryptionStatus: 'failed',
    code: error instanceof SealwireError ? error.code : null,
    facts: {
      policy_hash: hash.toString('hex'),
      reason: error instanceof Error ? error.message : String(error),
    },
  });
}

function factsOf({ hash, controls }: Named): Record<string, string> {
  const { notEnforced, insecure } = controlNotes(controls);
  return {
    policy_hash: hash.toString('hex'),
    ...(insecure.length === 0
      ? {}
      : { insecure: insecure.map(({ key, value, until }) => `${key}=${value} until ${until}`).join(', ') }),
    ...(notEnforced.length === 0 ? {} : { not_enforced: notEnforced.join(', ') }),
  };
}
