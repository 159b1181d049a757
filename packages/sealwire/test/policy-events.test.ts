// The event of the policy that an agent runs under.
import { expect, test } from '@jest/globals';
import type { StatedControl } from '@sealwire/policy';
import { policyLoaded } from '../src/policy-events.js';

const clock = { nowMs: () => 7 };
const policyWith = (controls: readonly StatedControl[]) =>
  ({
    policy: { agent: 'alice', hash: Buffer.alloc(32, 0xab), controls, revision: null },
    digest: Buffer.alloc(32, 0xcd),
    signedBy: [],
  }) as const;
const control = (key: string, more: Partial<StatedControl>): StatedControl => ({
  key,
  value: 'true',
  standing: 'enforced',
  meaning: '',
  weakUntilMs: null,
  ...more,
});

test('names the policy by its hash, and nothing else where nothing is weak or still to come', () => {
  const event = policyLoaded(policyWith([control('agent_encryption.enabled', {})]), clock);
  expect(event).toMatchObject({ kind: 'policy.loaded', senderId: 'alice', timestampMs: 7 });
  expect(event.facts).toEqual({ policy_hash: 'ab'.repeat(32), policy_digest: 'cd'.repeat(32) });
});

test('says what is accepted as insecure and until when, and what this version does not enforce', () => {
  const { facts } = policyLoaded(
    policyWith([
      control('channel_security.tls.min_version', { value: '1.2', weakUntilMs: Date.UTC(2027, 1, 1) }),
      control('channel_security.websockets.enabled', { standing: 'not enforced by this version' }),
    ]),
    clock,
  );
  expect(facts).toEqual({
    policy_hash: 'ab'.repeat(32),
    policy_digest: 'cd'.repeat(32),
    insecure: 'channel_security.tls.min_version=1.2 until 2027-02-01T00:00:00.000Z',
    not_enforced: 'channel_security.websockets.enabled',
  });
});
