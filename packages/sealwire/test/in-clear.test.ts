// What leaves unsealed, because the policy only observes its channel.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { realm } from '../../envelope/test/world.js';
import { header, message, now, open, reset, terms } from './plaintext-world.js';

beforeEach(reset);

describe('an observed channel', () => {
  beforeEach(() => {
    now.terms = { ...terms, mode: 'observe' };
    now.agent = 'alice';
  });

  it('sends what the application gave, and audits that', async () => {
    const { outlet, events } = open();
    const given = { ...message(), key: Buffer.from('k'), headers: [header('a', 'b')] };
    const [one] = outlet.inClear([given])!;
    expect(one).toMatchObject({
      inClear: true,
      value: given.payload,
      key: given.key,
      headers: given.headers,
    });
    await outlet.conclude([one!], 'acknowledged', { topic: 'tasks' });
    expect(events()).toMatchObject([
      {
        kind: 'message.sent',
        sender_id: 'alice',
        recipient_id: 'team',
        message_type: 'task.request',
        encryption_status: 'plaintext',
        outcome: 'acknowledged',
        mode: 'observe',
        topic: 'tasks',
      },
    ]);
    expect(events()[0]).not.toHaveProperty('would_refuse');
  });

  it('sends what would be refused, and audits why', async () => {
    const { outlet, events } = open();
    const [badForm] = outlet.inClear([message(Buffer.from('{'))])!;
    const [tooLarge] = outlet.inClear([message(Buffer.from(JSON.stringify('x'.repeat(5000))))])!;
    const [noType] = outlet.inClear([{ ...message(), description: { type: 'other' } }])!;
    now.agent = 'bob';
    const [notAllowed] = outlet.inClear([message()])!;
    await outlet.conclude([badForm!, tooLarge!, noType!, notAllowed!], 'acknowledged');
    expect(events().map((event) => event['would_refuse'])).toEqual([
      'ERR_VALIDATION_PAYLOAD',
      'ERR_USAGE_SIZE',
      'ERR_POLICY_TYPE',
      'ERR_POLICY_SENDER',
    ]);
  });

  it('seals what goes to other channels in the same call', () => {
    const { outlet } = open();
    const both = [message(undefined, 'other'), message()];
    expect(outlet.inClear(both)!.map((one) => one?.inClear ?? null)).toEqual([null, true]);
  });

  it('refuses to send in clear what its receivers would take for a sealed message', () => {
    const looking = [Buffer.from([0xc3, 0x01, 0x00]), Buffer.concat([Buffer.from('x'), realm])];
    for (const payload of looking)
      expect(() => open().outlet.inClear([message(payload)])).toThrow(/looks like a sealed one/);
    expect(() => open().outlet.inClear([{ ...message(), headers: [header('sealwire', 'x')] }])).toThrow();
  });

  it('passes errors on that are no refusal', () => {
    const { outlet } = open();
    Object.defineProperty(now, 'routes', { configurable: true, get: () => { throw new RangeError('a bug'); } }); // prettier-ignore
    expect(() => outlet.inClear([message()])).toThrow(RangeError);
  });
});
