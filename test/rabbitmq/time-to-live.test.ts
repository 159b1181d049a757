// Messages that wait: longer than their age allows, or until the broker takes them out of the queue.
import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { GetMessage } from 'amqplib';
import { confirmed, eventually, Inbox, openStage, type Stage, type StageOptions } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());
const open = async (options: StageOptions = {}) => (stage = await openStage(options));

const codeOf = async () =>
  (await stage.raw(stage.quarantine)).properties.headers!['sealwire-code'] as unknown;
const republish = (wire: GetMessage, queue: string) =>
  stage.bare.sendToQueue(queue, wire.content, { ...wire.properties, persistent: true });

test('what waited longer than max_age is quarantined as too old, though x-message-ttl and expiration let it live', async () => {
  await open({ maxAge: '2s', queue: { messageTtl: 3_600_000 } });
  const sender = await stage.sender();
  await confirmed(sender, stage.queue, 'waits', { expiration: '1800000' });
  await pause(2_500);
  const receiver = await stage.receiver();

  expect(await receiver.get(stage.queue)).toBe(false);
  expect(await codeOf()).toBe('ERR_POLICY_AGE');
});

test('copies of what was handled, one after the other until it is too old: there is no moment at which one is accepted', async () => {
  await open({ maxAge: '6s' });
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.deadLetters, (message) => {
    inbox.take(message);
    receiver.ack(message!);
  });
  await confirmed(await stage.sender(), stage.queue, 'once');
  const wire = await stage.raw(stage.queue);
  republish(wire, stage.deadLetters);
  await inbox.first(1);
  const codes: unknown[] = [];
  while (codes.at(-1) !== 'ERR_POLICY_AGE') {
    republish(wire, stage.deadLetters);
    codes.push(await codeOf());
    await pause(100);
  }

  expect(new Set(codes)).toEqual(new Set(['ERR_POLICY_REPLAY', 'ERR_POLICY_AGE']));
  expect(inbox.messages).toHaveLength(1);
});

test('what the broker dead-letters for its time-to-live was not handled, and is in the dead-letter queue; once', async () => {
  await open();
  await stage.bare.deleteQueue(stage.queue);
  await stage.bare.assertQueue(stage.queue, {
    durable: true,
    messageTtl: 600,
    deadLetterExchange: '',
    deadLetterRoutingKey: stage.deadLetters,
  });
  const sender = await stage.sender();
  await confirmed(sender, stage.queue, 'by the queue');
  await confirmed(sender, stage.queue, 'by itself', { expiration: '200' });
  await eventually(async () => (await stage.depth(stage.deadLetters)) === 2);
  const receiver = await stage.receiver();
  const texts: string[] = [];
  for (let i = 0; i < 2; i++) {
    const message = await eventually(() => receiver.get(stage.deadLetters));
    texts.push(JSON.parse(message.content.toString()) as string);
    receiver.ack(message);
  }
  await receiver.close();

  expect(texts.sort()).toEqual(['by itself', 'by the queue']);
  expect(await stage.depth(stage.quarantine)).toBe(0);
});
