import { beforeEach, expect, test } from '@jest/globals';
import type { ClaimGuard } from '@sealwire/core';
import type { ConsumeMessage } from 'amqplib';
import { Acknowledging } from '../src/acknowledging.js';
import type { Delivery } from '../src/delivery.js';
import { openDelivery, receivedFrom } from '../src/open-delivery.js';
import { Settlements } from '../src/settlements.js';
import { FakeChannel, FakeSides, honest, openFake, quickly, turns } from './fakes.ts';

let channel: FakeChannel;
let sides: FakeSides;
let settlements: Settlements;
let answers: Acknowledging;
let events: string[];
beforeEach(() => {
  channel = new FakeChannel();
  sides = new FakeSides();
  events = [];
  settlements = new Settlements(channel, {
    inlet: sides.inlet,
    rejectedOutcome: 'quarantined',
    times: quickly,
    held: () => events.push('held'),
    resumed: () => events.push('resumed'),
  });
  answers = new Acknowledging(channel, settlements);
});

const deliveryOf = (raw: ConsumeMessage, tag: number): Delivery => ({
  raw,
  tag,
  noAck: false,
  context: null,
  state: 'held',
  outcome: null,
  claim: null,
});

/** What an application has of these tags. */
function handOut(...tags: number[]): ConsumeMessage[] {
  return tags.map((tag) => {
    const raw = honest(tag);
    const delivery = deliveryOf(raw, tag);
    settlements.expect(delivery);
    const opened = openDelivery<ConsumeMessage>(delivery, openFake(receivedFrom(raw, 'orders')));
    if (opened.rejected !== null) throw new Error('junk');
    delivery.state = 'delivered';
    return opened.message;
  });
}

function hold(tag: number): Delivery {
  const delivery = deliveryOf(honest(tag), tag);
  settlements.expect(delivery);
  return delivery;
}

test('an acknowledgement is sent after its audit event is safe, not before', async () => {
  let safe = (): void => undefined;
  sides.beforeConclude = () => new Promise((resolve) => (safe = resolve));
  const [message] = handOut(1);
  answers.ack(message!);
  await turns();
  expect(channel.calls).toEqual([]);

  safe();
  await turns();
  expect(channel.calls).toEqual(['ack 1']);
});

test('acknowledgements of one turn share one conclude, and one frame where nothing else is open', async () => {
  for (const message of handOut(1, 2, 3)) answers.ack(message);
  await turns();

  expect(sides.concluded.map(({ outcomes }) => outcomes.length)).toEqual([3]);
  expect(channel.calls).toEqual(['ack 3 and before']);
});

test('a message that is still held keeps acknowledgements single', async () => {
  hold(1);
  for (const message of handOut(2, 3)) answers.ack(message);
  await turns();

  expect(channel.calls).toEqual(['ack 2', 'ack 3']);
});

test('acknowledgements keep their order over several turns', async () => {
  hold(1);
  const [second, third, fourth] = handOut(2, 3, 4);
  answers.ack(fourth!);
  answers.ack(second!);
  await turns(1);
  answers.ack(third!);
  await turns();

  expect(channel.calls).toEqual(['ack 4', 'ack 2', 'ack 3']);
});

test('allUpTo and ackAll never reach what the application has not got', async () => {
  const [first] = handOut(1);
  hold(2);
  const [third] = handOut(3);
  answers.ack(third!, true);
  await turns();

  expect(channel.calls).toEqual(['ack 1', 'ack 3']);
  expect(first).toBeDefined();
  answers.ackAll();
  answers.nackAll();
  await turns();
  expect(channel.calls).toHaveLength(2);
});

test('nack and reject pass at once, and are not audited', () => {
  const [first, second, third, fourth] = handOut(1, 2, 3, 4);
  answers.reject(second!, false);
  answers.nack(first!);
  answers.nack(fourth!, true, false);

  expect(channel.calls).toEqual(['reject 2', 'nack 1 requeue', 'nack 3', 'nack 4']);
  expect(third).toBeDefined();
  expect(sides.concluded).toEqual([]);
});

test('while the audit cannot be written acknowledgements wait and are tried again, and listeners are told', async () => {
  let failures = 3;
  sides.beforeConclude = () => (failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve());
  answers.ack(handOut(1)[0]!);
  while (channel.calls.length === 0) await turns(1);

  expect(channel.calls).toEqual(['ack 1']);
  expect(events).toEqual(['held', 'resumed']);
});

test('draining sends what can be made safe at once and gives up the rest', async () => {
  answers.ack(handOut(1)[0]!);
  await settlements.drain();
  expect(channel.calls).toEqual(['ack 1']);

  sides.beforeConclude = () => Promise.reject(new Error('no'));
  answers.ack(handOut(2)[0]!);
  await settlements.drain();
  expect(channel.calls).toEqual(['ack 1']);
});

test('after the channel is gone nothing is sent', async () => {
  let safe = (): void => undefined;
  sides.beforeConclude = () => new Promise((resolve) => (safe = resolve));
  const [first, second] = handOut(1, 2);
  answers.ack(first!);
  await turns();
  settlements.end();
  safe();
  answers.ack(second!);
  await turns();

  expect(channel.calls).toEqual([]);
});

test('after recover the old tags are not acknowledged', async () => {
  const [first] = handOut(1);
  let safe = (): void => undefined;
  sides.beforeConclude = () => new Promise((resolve) => (safe = resolve));
  answers.ack(first!);
  await turns();
  await settlements.forget();
  safe();
  await turns();

  expect(channel.calls).toEqual([]);
});

test('an unknown message is passed on behind what waits, and never as “all before”', async () => {
  const [first] = handOut(1);
  answers.ack(first!);
  answers.ack(first!, true);
  answers.ack(honest(9));
  await turns();

  expect(channel.calls).toEqual(['ack 1', 'ack 1', 'ack 9']);
});

test('a message that the application has not got cannot be settled by its tag', async () => {
  const { raw } = hold(1);
  answers.ack(raw);
  answers.nack(raw);
  answers.reject(raw);
  await turns();

  expect(channel.calls).toEqual([]);
});

/** Claims whose release ends when the test says so. */
function slowClaims(): { claims: ClaimGuard; released: () => void } {
  let released = (): void => undefined;
  const release = new Promise<void>((resolve) => (released = resolve));
  const claims: ClaimGuard = {
    ready: () => Promise.resolve(),
    claim: () => Promise.reject(new Error('not used')),
    done: (held) => Promise.resolve(held.map(() => true)),
    release: () => release,
  };
  return { claims, released };
}

/** What an application has of these tags, each with a claim. */
function handOutClaimed(...tags: number[]): ConsumeMessage[] {
  const messages = handOut(...tags);
  for (const tag of tags) settlements.find(tag)!.claim = { claims: null };
  return messages;
}

test('no acknowledgement of “all before” takes in what is on its way back', async () => {
  const { claims, released } = slowClaims();
  answers = new Acknowledging(channel, settlements, claims);
  const [first, second, third] = handOutClaimed(1, 2, 3);
  answers.nack(first!);
  answers.ack(second!);
  answers.ack(third!);
  await turns();
  expect(channel.calls).toEqual(['ack 2', 'ack 3']);

  released();
  await turns();
  expect(channel.calls).toEqual(['ack 2', 'ack 3', 'nack 1 requeue']);
  for (const message of handOut(4, 5)) answers.ack(message);
  await turns();
  expect(channel.calls.at(-1)).toBe('ack 5 and before');
});

test('after recover nothing is given back under an old tag', async () => {
  const { claims, released } = slowClaims();
  answers = new Acknowledging(channel, settlements, claims);
  const [first] = handOutClaimed(1);
  answers.nack(first!);
  await settlements.forget();
  released();
  await turns();

  expect(channel.calls).toEqual([]);
});
