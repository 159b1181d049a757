import { beforeEach, describe, expect, test } from '@jest/globals';
import { InabilityError, UsageError } from '@sealwire/core';
import { Publisher } from '../src/publisher.js';
import { ReturnedMessages } from '../src/returned-messages.js';
import { clearFake, delivered, FakeChannel, fakeLink, FakeSides, turns } from './fakes.ts';

let channel: FakeChannel;
let sides: FakeSides;
beforeEach(() => {
  channel = new FakeChannel();
  sides = new FakeSides();
});
const content = Buffer.from('x');
const lost = (error: unknown): never => {
  throw error;
};

test('the answer is that of amqplib', async () => {
  const publisher = new Publisher(fakeLink(sides), channel, false, lost);
  expect(publisher.publish('', 'orders', content, {})).toBe(true);
  channel.room = false;
  await turns();

  expect(publisher.publish('', 'orders', content, {})).toBe(false);
});

test('a message that cannot be sealed is not sent, and its callback not called', () => {
  sides.outlet.begin = () => {
    throw new UsageError('ERR_USAGE_CHANNEL', 'no');
  };
  const publisher = new Publisher(fakeLink(sides), channel, true, lost);
  const calls: unknown[] = [];

  expect(() => publisher.publish('', 'orders', content, {}, (error) => calls.push(error))).toThrow('no');
  expect(channel.calls).toEqual([]);
  expect(calls).toEqual([]);
});

test('what amqplib refuses after sealing is audited as failed', async () => {
  channel.publish = () => {
    throw new RangeError('too large');
  };
  const publisher = new Publisher(fakeLink(sides), channel, true, lost);
  expect(() => publisher.publish('', 'orders', content, {})).toThrow(RangeError);
  await turns();

  expect(sides.sent).toEqual([
    { batch: [expect.anything()], outcome: 'failed', facts: { exchange: '', routing_key: 'orders' } },
  ]);
});

test('outcomes of one turn with the same place are one conclude', async () => {
  const publisher = new Publisher(fakeLink(sides), channel, true, lost);
  for (let i = 0; i < 6; i++) publisher.publish(i < 5 ? 'a' : 'b', 'k', content, {});
  await turns();
  const [one, two, three, four, five, six] = channel.confirms;
  one!(null);
  two!(null);
  three!(new Error('message nacked'));
  four!(new Error('channel closed'));
  five!(null);
  six!(null);
  await turns();

  expect(sides.sent.map(({ batch, outcome, facts }) => [batch.length, outcome, facts])).toEqual([
    [3, 'acknowledged', { exchange: 'a', routing_key: 'k' }],
    [1, 'failed', { exchange: 'a', routing_key: 'k' }],
    [1, 'unknown', { exchange: 'a', routing_key: 'k' }],
    [1, 'acknowledged', { exchange: 'b', routing_key: 'k' }],
  ]);
});

test('without confirms the outcome is unknown', async () => {
  new Publisher(fakeLink(sides), channel, false, lost).publish('', 'orders', content, {});
  await turns();

  expect(sides.sent.map(({ outcome }) => outcome)).toEqual(['unknown']);
});

test('an outcome that the trail refuses is kept and told again', async () => {
  let failures = 2;
  sides.beforeSent = () => (failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve());
  new Publisher(fakeLink(sides), channel, false, lost).publish('', 'orders', content, {});
  while (sides.sent.length === 0) await turns(1);

  expect(sides.sent).toHaveLength(1);
});

test('the callback gets what amqplib gives, and what it throws passes', async () => {
  const publisher = new Publisher(fakeLink(sides), channel, true, lost);
  const seen: unknown[] = [];
  publisher.publish('', 'orders', content, {}, (error) => seen.push(error));
  publisher.publish('', 'orders', content, {}, () => {
    throw new Error('mine');
  });
  await turns();
  channel.confirms[0]!(null);

  expect(seen).toEqual([null]);
  expect(() => channel.confirms[1]!(null)).toThrow('mine');
});

test('describe sees the message and its word reaches the outlet', () => {
  const link = {
    ...fakeLink(sides),
    describe: ({ routingKey }: { routingKey: string }) => ({ type: `type of ${routingKey}` }),
  };
  new Publisher(link, channel, false, lost).publish('', 'orders', content, {});

  expect(sides.sealedBatches[0]![0]!.description).toEqual({ type: 'type of orders' });
});

test('clear headers go to the wire, as text where they are text', () => {
  sides.clear = new Set(['a', 'b']);
  const headers = { a: 'text', b: Buffer.from([255]), c: 'inside', traceparent: 't', baggage: 'inside' };
  new Publisher(fakeLink(sides), channel, false, lost).publish('', 'orders', content, { headers });

  expect(channel.published[0]!.options['headers']).toEqual({
    a: 'text',
    b: Buffer.from([255]),
    traceparent: 't',
  });
});

test('what came back is restored once; what is not remembered has no content, and never the sealed one', () => {
  const returned = new ReturnedMessages();
  const sealed = Buffer.from('sealed');
  returned.keep(sealed, Buffer.from('plain'), { contentType: 'text/plain', headers: { a: 1 } });

  expect(returned.restore(delivered(1, sealed, { priority: 3 }))).toMatchObject({
    content: Buffer.from('plain'),
    properties: { contentType: 'text/plain', headers: { a: 1 }, priority: 3 },
  });
  expect(returned.restore(delivered(1, sealed))).toMatchObject({
    content: Buffer.alloc(0),
    properties: { contentType: undefined, headers: {} },
  });
});

const sealedType = { contentType: 'application/vnd.sealwire' };

test('only so many mandatory messages are remembered', () => {
  const returned = new ReturnedMessages();
  for (let i = 0; i <= 10_000; i++) returned.keep(Buffer.from(`${i}`), Buffer.from('x'), {});
  expect(returned.restore(delivered(1, Buffer.from('0'), sealedType)).content.length).toBe(0);
  expect(returned.restore(delivered(1, Buffer.from('1'))).content.length).toBe(1);

  const large = Buffer.alloc(20 * 1024 * 1024);
  returned.keep(Buffer.from('a'), large, {});
  returned.keep(Buffer.from('b'), large, {});
  expect(returned.restore(delivered(1, Buffer.from('a'), sealedType)).content.length).toBe(0);
  expect(returned.restore(delivered(1, Buffer.from('b'))).content.length).toBe(large.length);
});

describe('what the policy only observes', () => {
  const options = {
    contentType: 'text/plain',
    messageId: 'm',
    headers: { a: 1, b: { c: [Buffer.from('d')] } },
    expiration: '1000',
    mandatory: true,
  };

  test('is published with the application’s own content and options', async () => {
    sides.inClear = (batch) => batch.map(clearFake);
    const publisher = new Publisher(fakeLink(sides), channel, true, lost);
    const confirmed: unknown[] = [];
    publisher.publish('', 'orders', content, options, (error) => confirmed.push(error));
    expect(channel.published).toEqual([{ routingKey: 'orders', content, options }]);
    expect(channel.published[0]!.options).toBe(options);
    channel.confirms[0]!(null);
    await turns();
    expect(confirmed).toEqual([null]);
    expect(sides.sent).toMatchObject([{ batch: [{ inClear: true }], outcome: 'acknowledged' }]);
    expect(sides.sealedBatches).toEqual([]);
  });

  test('is kept by the audit before amqplib is called, and is not published where that cannot be', async () => {
    sides.inClear = (batch) => batch.map(clearFake);
    const publisher = new Publisher(fakeLink(sides), channel, true, lost);
    sides.keep = (batch) => void channel.calls.push(`kept ${batch.length}`);
    publisher.publish('', 'orders', content, options);
    expect(channel.calls).toEqual(['kept 1', 'publish /orders']);
    sides.keep = () => {
      throw new InabilityError('ERR_UNABLE_AUDIT', 'full');
    };
    expect(() => publisher.publish('', 'orders', content, options)).toThrow('full');
    await turns();
    expect([channel.calls.length, sides.sent]).toEqual([2, []]);
  });

  test('keeps its place behind sealed messages of the same turn', () => {
    const publisher = new Publisher(fakeLink(sides), channel, false, lost);
    publisher.publish('', 'one', content, {});
    publisher.publish('', 'two', content, {});
    sides.inClear = (batch) => batch.map(clearFake);
    publisher.publish('', 'three', content, undefined);
    expect(channel.published.map(({ routingKey }) => routingKey)).toEqual(['one', 'two', 'three']);
    expect(channel.published[2]).toMatchObject({ content, options: {} });
  });

  test('is audited as failed where amqplib refuses it', async () => {
    sides.inClear = (batch) => batch.map(clearFake);
    channel.publish = () => {
      throw new TypeError('no');
    };
    const publisher = new Publisher(fakeLink(sides), channel, false, lost);
    expect(() => publisher.publish('', 'orders', content, options)).toThrow(TypeError);
    await turns();
    expect(sides.sent).toMatchObject([{ outcome: 'failed' }]);
  });

  test('comes back as it went, and a sealed message that came back never shows its bytes', () => {
    const returned = new ReturnedMessages();
    const raw = delivered(1, content, { contentType: 'text/plain', messageId: 'm' });
    expect(returned.restore(raw)).toMatchObject({ content, properties: { messageId: 'm' } });
    const sealed = delivered(1, content, sealedType);
    expect(returned.restore(sealed).content).toEqual(Buffer.alloc(0));
  });
});
