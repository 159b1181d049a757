// What is kept with a session must never let a message of it pass where it should not.
import { describe, expect, it } from '@jest/globals';
import { InboundDraft, type Route, type Session, type Source } from '@sealwire/core';
import { channels, checkPolicy } from '../src/check-policy.js';
import type { StageParts } from '../src/stages.js';

const realm = Buffer.alloc(16, 1);
const route = {
  channel: 'orders',
  type: 'order',
  audience: ['team'],
  contentType: 'application/json',
  schema: Buffer.alloc(0),
} as unknown as Route;

const parts = {
  directory: { realm },
  routes: {
    channelOf: (source: Source) =>
      source.transport === 'kafka'
        ? ({ a: 'orders', a2: 'orders', b: 'bills' }[source.topic] ?? null)
        : ({ a: 'queued' }[source.queue] ?? null),
    inbound: (channel: string, type: string) => (channel === 'orders' && type === 'order' ? route : null),
  },
} as unknown as StageParts;

const session = (change: Partial<Session> = {}): Session =>
  ({
    realm,
    channel: 'orders',
    type: 'order',
    contentType: 'application/json',
    schema: Buffer.alloc(0),
    audience: ['team'],
    ...change,
  }) as Session;

const topic = (name: string): Source => ({ transport: 'kafka', topic: name, partition: 0, offset: '0' });
const queue = (name: string): Source =>
  ({
    transport: 'rabbitmq',
    queue: name,
    exchange: '',
    routingKey: '',
    deliveryTag: 1,
  }) as unknown as Source;

function draft(of: Session, source: Source): InboundDraft {
  const made = new InboundDraft({
    source,
    value: null,
    key: null,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: 0,
  });
  made.session = of;
  return made;
}

describe('the check of the local policy', () => {
  it('refuses a session elsewhere that passed on its own channel, and passes it there again', () => {
    const check = checkPolicy(parts, channels(parts));
    const known = session();
    for (let again = 0; again < 3; again++) {
      for (const name of ['a', 'a', 'a2']) {
        const mine = draft(known, topic(name));
        check(mine);
        expect(mine.route).toBe(route);
      }
      expect(() => check(draft(known, topic('b')))).toThrow(
        expect.objectContaining({ code: 'ERR_POLICY_CHANNEL' }),
      );
      // A queue may have the name of a topic.
      expect(() => check(draft(known, queue('a')))).toThrow(
        expect.objectContaining({ code: 'ERR_POLICY_CHANNEL' }),
      );
    }
  });

  it('refuses each message of a session that does not fit, however often it is asked', () => {
    const check = checkPolicy(parts, channels(parts));
    const misfits = [
      [session({ realm: Buffer.alloc(16, 2) }), 'ERR_POLICY_REALM'],
      [session({ type: 'other' }), 'ERR_POLICY_TYPE'],
      [session({ contentType: 'text/plain' }), 'ERR_POLICY_TYPE'],
      [session({ schema: Buffer.alloc(32) }), 'ERR_POLICY_TYPE'],
      [session({ audience: ['team', 'mallory'] }), 'ERR_POLICY_AUDIENCE'],
    ] as const;
    for (let again = 0; again < 3; again++) {
      check(draft(session(), topic('a')));
      for (const [misfit, code] of misfits) {
        const refused = draft(misfit, topic('a'));
        expect(() => check(refused)).toThrow(expect.objectContaining({ code }));
        expect(refused.route).toBeNull();
      }
    }
  });

  it('finds no channel for what is not mapped, whatever was mapped before', () => {
    const channelOf = channels(parts);
    for (let again = 0; again < 2; again++) {
      expect(channelOf(topic('a'))).toBe('orders');
      expect(channelOf(queue('a'))).toBe('queued');
      expect(channelOf(topic('b'))).toBe('bills');
      expect(() => channelOf(topic('c'))).toThrow(expect.objectContaining({ code: 'ERR_USAGE_CHANNEL' }));
      expect(() => channelOf(queue('b'))).toThrow(expect.objectContaining({ code: 'ERR_USAGE_CHANNEL' }));
    }
  });
});
