// The events of policies: the one that an agent runs under, those that replaced it, and those that were refused.
import { agentEvent, SealwireError, type AuditEvent, type Clock } from '@sealwire/core';
import { controlNotes, type Policy } from '@sealwire/policy';
import { directoryKeyId } from '@sealwire/identity';
import type { Generation } from './generation.js';
import type { Difference } from './policy-ask.js';

/** A policy with what names all of it. */
export type NamedPolicy = Pick<Generation, 'digest' | 'signedBy'> & {
  readonly policy: Pick<Policy, 'agent' | 'hash' | 'controls' | 'revision'>;
};

/** The first event of an agent’s trail. Names the file by its hash, not by its path. */
export function policyLoaded(named: NamedPolicy, clock: Clock): AuditEvent {
  return agentEvent(named.policy.agent, {
    kind: 'policy.loaded',
    timestampMs: clock.nowMs(),
    outcome: 'acknowledged',
    facts: factsOf(named),
  });
}

/** Another one is in force from now on. */
export function policyChanged(
  named: NamedPolicy,
  before: Pick<Policy, 'hash'>,
  { weaker, stronger, other, text }: Difference,
  clock: Clock,
): AuditEvent {
  return agentEvent(named.policy.agent, {
    kind: 'policy.changed',
    timestampMs: clock.nowMs(),
    outcome: 'acknowledged',
    facts: {
      ...factsOf(named),
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
export function policyRefused(
  { policy: { agent, hash } }: NamedPolicy,
  error: unknown,
  clock: Clock,
): AuditEvent {
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

function factsOf({ digest, signedBy, policy }: NamedPolicy): Record<string, string | number> {
  const { hash, controls, revision } = policy;
  const { notEnforced, insecure } = controlNotes(controls);
  return {
    policy_hash: hash.toString('hex'),
    policy_digest: digest.toString('hex'),
    ...(revision === null ? {} : { revision }),
    ...(signedBy.length === 0 ? {} : { signed_by: signedBy.map(keyIdOf).join(', ') }),
    ...(insecure.length === 0
      ? {}
      : { insecure: insecure.map(({ key, value, until }) => `${key}=${value} until ${until}`).join(', ') }),
    ...(notEnforced.length === 0 ? {} : { not_enforced: notEnforced.join(', ') }),
  };
}

const keyIdOf = (key: string): string => directoryKeyId(Buffer.from(key, 'base64url'));
