// Copies and redeliveries of sealed messages, on classic and on quorum queues of a real broker: what was handled is not
// handled again.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ConsumeMessage, GetMessage } from 'amqplib';
import { auditEvent } from '../audit-event.js';
import { confirmed, eventually, Inbox, openStage, type Stage, type StageOptions } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

/** What an insider with all rights on the broker does: takes a message as it is, puts it back, and as many copies. */
async function copied(copies: number, queue = stage.queue): Promise<GetMessage> {
  const wire = await stage.raw(queue);
  for (let i = 0; i <= copies; i++) republish(wire, queue);
  await eventually(async () => (await stage.depth(queue)) >= copies + 1);
  return wire;
}

function republish(wire: GetMessage, queue = stage.queue): void {
  stage.bare.sendToQueue(queue, wire.content, { ...wire.properties, persistent: true });
}

/** What the agents, which end with this, wrote and fits. */
async function auditEvents(kind: string): Promise<Record<string, unknown>[]> {
  const lines = await stage.allAudited();
  return lines.map((line) => auditEvent(line)).filter((event) => JSON.stringify(event).includes(kind));
}

const empty = (queue = stage.queue) =>
  eventually(async () => {
    await stage.bare.recover();
    return (await stage.bare.checkQueue(queue)).messageCount === 0;
  });

describe.each(['classic', 'quorum'])('a %s queue', (type) => {
  const queue = { durable: true, arguments: { 'x-queue-type': type } };
  const open = async (options: StageOptions = {}) => (stage = await openStage({ queue, ...options }));

  test('an insider’s copies of a message are not delivered: quarantined and audited, and the original is handled once', async () => {
    await open();
    await confirmed(await stage.sender(), stage.queue, 'pay');
    await copied(3);
    const receiver = await stage.receiver();
    const inbox = new Inbox();
    await receiver.consume(stage.queue, (message) => {
      inbox.take(message);
      receiver.ack(message!);
    });

    for (let i = 0; i < 3; i++)
      expect((await stage.raw(stage.quarantine)).properties.headers).toMatchObject({
        'sealwire-code': 'ERR_POLICY_REPLAY',
      });
    await empty();
    expect(await inbox.texts(1)).toEqual(['pay']);
    expect(inbox.messages).toHaveLength(1);
    await receiver.close();
    expect(await auditEvents('ERR_POLICY_REPLAY')).toHaveLength(3);
  });

  test('a copy that comes when the original was handled long ago, by a process that is gone, is refused', async () => {
    await open();
    await confirmed(await stage.sender(), stage.queue, 'pay');
    const wire = await copied(0);
    const first = await stage.connect('researcher');
    const channel = await first.createChannel();
    const message = await eventually(() => channel.get(stage.queue));
    channel.ack(message);
    await channel.close();
    await stage.endAgents();

    republish(wire);
    const receiver = await stage.receiver();
    expect(await receiver.get(stage.queue)).toBe(false);
    expect((await stage.raw(stage.quarantine)).properties.headers).toMatchObject({
      'sealwire-code': 'ERR_POLICY_REPLAY',
    });
  });

  test('while a message is being handled its copy waits unacknowledged, and is refused when it is done', async () => {
    await open();
    await confirmed(await stage.sender(), stage.queue, 'pay');
    await copied(1);
    const receiver = await stage.receiver();
    const inbox = new Inbox();
    await receiver.consume(stage.queue, inbox.take);
    const [message] = await inbox.first(1);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(inbox.messages).toHaveLength(1);
    expect(await stage.depth(stage.queue)).toBe(0);
    expect(await stage.depth(stage.quarantine)).toBe(0);

    receiver.ack(message!);
    expect((await stage.raw(stage.quarantine)).properties.headers).toMatchObject({
      'sealwire-code': 'ERR_POLICY_REPLAY',
    });
    await empty();
    expect(inbox.messages).toHaveLength(1);
  });

  test('what was given back is handled again, by requeue and in the dead-letter queue of the same channel', async () => {
    await open();
    await stage.bare.deleteQueue(stage.queue);
    await stage.bare.assertQueue(stage.queue, {
      ...queue,
      deadLetterExchange: '',
      deadLetterRoutingKey: stage.deadLetters,
    });
    await confirmed(await stage.sender(), stage.queue, 'hard');
    const receiver = await stage.receiver();
    const seen: string[] = [];
    const done = new Promise<void>((resolve) => {
      const take = (queue: string) => (message: ConsumeMessage | null) => {
        seen.push(`${queue} ${message!.fields.redelivered}`);
        if (seen.length === 1) receiver.nack(message!);
        else if (seen.length === 2) receiver.reject(message!, true);
        else if (seen.length === 3) receiver.nack(message!, false, false);
        else {
          receiver.ack(message!);
          resolve();
        }
      };
      void receiver.consume(stage.queue, take('work'));
      void receiver.consume(stage.deadLetters, take('dead'));
    });
    await done;
    await receiver.close();

    expect(seen).toEqual(['work false', 'work true', 'work true', 'dead false']);
    expect(await stage.depth(stage.quarantine)).toBe(0);
    expect(await stage.depth(stage.deadLetters)).toBe(0);
  });

  test('what was not acknowledged when its channel closed is handled again', async () => {
    await open();
    await confirmed(await stage.sender(), stage.queue, 'twice');
    const first = await stage.receiver();
    const inbox = new Inbox();
    await first.consume(stage.queue, inbox.take);
    await inbox.first(1);
    await first.close();

    const second = await stage.receiver();
    const again = await eventually(() => second.get(stage.queue));
    expect(again).toMatchObject({ fields: { redelivered: true } });
    second.ack(again);
    await second.close();
    expect(await stage.depth(stage.queue)).toBe(0);
  });

  test('without acknowledgements a message is done before it is handed over, and its copy is refused', async () => {
    await open();
    await confirmed(await stage.sender(), stage.queue, 'pay');
    await copied(1);
    const receiver = await stage.receiver();
    const inbox = new Inbox();
    await receiver.consume(stage.queue, inbox.take, { noAck: true });

    expect((await stage.raw(stage.quarantine)).properties.headers).toMatchObject({
      'sealwire-code': 'ERR_POLICY_REPLAY',
    });
    expect(await inbox.texts(1)).toEqual(['pay']);
    await confirmed(await stage.sender(), stage.queue, 'next');
    expect(await inbox.texts(2)).toEqual(['pay', 'next']);
  });

  test('how often a message was delivered, as its headers have it, decides nothing: whoever publishes writes them', async () => {
    await open();
    await confirmed(await stage.sender(), stage.queue, 'pay');
    const wire = await copied(0);
    const receiver = await stage.receiver();
    receiver.ack(await eventually(() => receiver.get(stage.queue)));
    const headers = { ...wire.properties.headers, 'x-delivery-count': 3, 'x-death': 'none' };
    stage.bare.sendToQueue(stage.queue, wire.content, { ...wire.properties, headers, persistent: true });

    await eventually(async () => (await stage.depth(stage.queue)) === 1);
    expect(await receiver.get(stage.queue)).toBe(false);
    expect((await stage.raw(stage.quarantine)).properties.headers).toMatchObject({
      'sealwire-code': 'ERR_POLICY_REPLAY',
    });
  });

  test('a copy in the queue that dead-lettered its original, which was handled behind it, is refused', async () => {
    await open();
    await stage.bare.deleteQueue(stage.queue);
    await stage.bare.assertQueue(stage.queue, {
      ...queue,
      deadLetterExchange: '',
      deadLetterRoutingKey: stage.deadLetters,
    });
    await confirmed(await stage.sender(), stage.queue, 'hard');
    const wire = await copied(0);
    const receiver = await stage.receiver();
    receiver.nack(await eventually(() => receiver.get(stage.queue)), false, false);
    receiver.ack(await eventually(() => receiver.get(stage.deadLetters)));
    republish(wire);

    await eventually(async () => (await stage.depth(stage.queue)) === 1);
    expect(await receiver.get(stage.queue)).toBe(false);
    expect((await stage.raw(stage.quarantine)).properties.headers).toMatchObject({
      'sealwire-code': 'ERR_POLICY_REPLAY',
    });
  });
});

test('a copy that waits for its original is not given back meanwhile: a quorum queue would count that', async () => {
  stage = await openStage({ queue: { durable: true, arguments: { 'x-queue-type': 'quorum' } } });
  await confirmed(await stage.sender(), stage.queue, 'slow');
  await copied(1);
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);
  await inbox.first(1);
  // The copy is asked for again each second.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  await receiver.close();

  await eventually(async () => (await stage.depth(stage.queue)) === 2);
  for (let i = 0; i < 2; i++)
    expect((await stage.raw(stage.queue)).properties.headers).toMatchObject({ 'x-delivery-count': 1 });
  expect(inbox.messages).toHaveLength(1);
});
