// The event of a policy that an agent runs under, with what it accepts as insecure.
import { agentEvent, type AuditEvent, type Clock } from '@sealwire/core';
import type { Policy } from '@sealwire/policy';

/** The first event of an agent’s trail. Names the file by its hash, not by its path. */
export function policyLoaded({ agent, hash, controls }: Policy, clock: Clock): AuditEvent {
  const weak = controls.flatMap(({ key, value, weakUntilMs }) =>
    weakUntilMs === null ? [] : [`${key}=${value} until ${new Date(weakUntilMs).toISOString()}`],
  );
  const toCome = controls.filter(({ standing }) => standing !== 'enforced').map(({ key }) => key);
  return agentEvent(agent, {
    kind: 'policy.loaded',
    timestampMs: clock.nowMs(),
    outcome: 'acknowledged',
    facts: {
      policy_hash: hash.toString('hex'),
      ...(weak.length === 0 ? {} : { insecure: weak.join(', ') }),
      ...(toCome.length === 0 ? {} : { not_enforced: toCome.join(', ') }),
    },
  });
}
