import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AuditEvent } from '@sealwire/core';
import { EventRenderer, Pseudonyms } from '../../src/index.js';
import { link, opened, received, rejected, sent, writer } from './made.js';

const key = Buffer.alloc(32, 7);
const pseudonymOf = (name: string): string =>
  `p-${createHmac('sha256', key).update(Buffer.from(name)).digest('hex').slice(0, 32)}`;

describe('pseudonyms', () => {
  it('A-6: are p- and 32 hex digits of HMAC-SHA256 over the name, the same in every event', () => {
    const pseudonyms = new Pseudonyms(key);
    expect(pseudonyms.name('planner')).toBe(pseudonymOf('planner'));
    for (const event of [sent, received, rejected, { ...received, unverified: true }]) {
      const { senderId, recipientId } = pseudonyms.event(event);
      expect(senderId).toBe(pseudonymOf(event.senderId!));
      expect(recipientId).toBe(event.recipientId!.split(',').map(pseudonymOf).join(','));
    }
    expect(new Pseudonyms(key).event(sent)).toEqual(pseudonyms.event(sent));
    expect(new Pseudonyms(Buffer.alloc(32, 8)).name('planner')).not.toBe(pseudonymOf('planner'));
  });

  it('A-6: leave no name in the line of an event, wherever it stood', () => {
    const name = fc.constantFrom('alice-the-agent', 'bob-the-agent', 'group-of-both');
    const named = fc.record({
      senderId: name,
      recipientId: fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join(',')),
      by: name,
    });
    const events: AuditEvent[] = [
      {
        ...received,
        facts: { ...received.facts, redriven_by: 'alice-the-agent', rejected_by: 'bob-the-agent' },
      },
      { ...sent, kind: 'quarantine.redriven', facts: { original_sender: 'bob-the-agent', topic: 't' } },
      { ...opened, kind: 'key.revoked', facts: { name: 'group-of-both', key_id: '01'.repeat(16) } },
      { ...opened, kind: 'policy.refused', facts: { reason: 'no key for alice-the-agent here' } },
      { ...opened, kind: 'policy.changed', facts: { weaker: 1, changes: 'channels.a.from: bob-the-agent' } },
      { ...opened, kind: 'rotation.failed', facts: { reason: 'no key for alice-the-agent here' } },
    ];
    const pseudonyms = new Pseudonyms(key);
    const disguised = { ...writer, agent: pseudonyms.name('alice-the-agent') };
    fc.assert(
      fc.property(named, fc.constantFrom(...events), ({ senderId, recipientId, by }, event) => {
        const all = { ...event, senderId, recipientId, facts: { ...event.facts, by } };
        const line = new EventRenderer().render(pseudonyms.event(all), disguised, link);
        expect(line).not.toMatch(/the-agent|group-of-both/);
        expect(line).toContain(pseudonymOf(senderId));
      }),
    );
  });

  it('leave everything else as it is, and the event that they were given too', () => {
    const before = structuredClone(rejected);
    const { senderId, recipientId, ...rest } = new Pseudonyms(key).event(rejected);
    expect([senderId, recipientId]).not.toContain(rejected.senderId);
    expect({ ...rest, senderId: rejected.senderId, recipientId: rejected.recipientId }).toEqual(rejected);
    expect(rejected).toEqual(before);
    const nobody = { ...rejected, senderId: null, recipientId: null };
    expect(new Pseudonyms(key).event(nobody)).toEqual(nobody);
  });

  it('are right when more names came by than are kept', () => {
    const pseudonyms = new Pseudonyms(key);
    for (let i = 0; i < 12_000; i++) pseudonyms.name(`agent ${i}`);
    for (const name of ['agent 0', 'agent 11999', 'x'.repeat(1_000)])
      expect(pseudonyms.name(name)).toBe(pseudonymOf(name));
  });
});
