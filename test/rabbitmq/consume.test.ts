// Consuming and acknowledging through a sealed channel, against a real broker.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { origin } from '@sealwire/core';
import type { Channel, ConsumeMessage } from 'amqplib';
import { confirmed, eventually, Inbox, json, nextEvent, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

async function send(count: number, queue = stage.queue): Promise<void> {
  const sender = await stage.sender();
  for (let i = 0; i < count; i++) sender.sendToQueue(queue, json(`${i}`));
  await sender.waitForConfirms();
}

/** Nothing is left with the broker, waiting or unacknowledged. */
const settled = (queue = stage.queue) =>
  eventually(async () => {
    await stage.bare.recover();
    return (await stage.bare.checkQueue(queue)).messageCount === 0;
  });

test('a consumer gets every message in order, each with its origin', async () => {
  await send(300);
  const inbox = new Inbox();
  await (await stage.receiver()).consume(stage.queue, inbox.take);

  const messages = await inbox.first(300);
  expect(messages.map(({ content }) => Number(JSON.parse(content.toString())))).toEqual(
    Array.from({ length: 300 }, (_, i) => i),
  );
  expect(messages.map(({ fields }) => fields.deliveryTag)).toEqual(
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
  expect(messages.every((message) => origin(message)?.sender === 'orchestrator')).toBe(true);
});

test('prefetch holds: no more than so many are unacknowledged', async () => {
  await send(10);
  const receiver = await stage.receiver();
  await receiver.prefetch(3);
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);
  await inbox.first(3);
  expect(await stage.depth(stage.queue)).toBe(7);

  receiver.ack(inbox.messages[0]!);
  expect(await inbox.texts(4)).toEqual(['0', '1', '2', '3']);
});

test('what is acknowledged one by one, up to a message, or all at once, is gone from the queue', async () => {
  await send(9);
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);
  const messages = await inbox.first(9);
  receiver.ack(messages[0]!);
  receiver.ack(messages[5]!, true);
  receiver.ackAll();
  await receiver.close();

  expect(await stage.depth(stage.queue)).toBe(0);
});

test('closing the channel sends what was acknowledged, and nothing else', async () => {
  await send(5);
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);
  const messages = await inbox.first(5);
  receiver.ack(messages[1]!);
  receiver.ack(messages[3]!);
  await receiver.close();

  const again = await stage.receiver();
  const left: string[] = [];
  for (let i = 0; i < 3; i++) {
    const message = await again.get(stage.queue);
    if (message !== false) left.push(message.content.toString());
  }
  expect(left).toEqual(['"0"', '"2"', '"4"']);
});

test('nack with requeue brings the message again, marked as redelivered', async () => {
  await send(1);
  const receiver = await stage.receiver();
  const seen: [string, boolean][] = [];
  const twice = new Promise<void>((resolve) => {
    void receiver.consume(stage.queue, (message) => {
      seen.push([message!.content.toString(), message!.fields.redelivered]);
      if (seen.length === 1) receiver.nack(message!);
      else {
        receiver.ack(message!);
        resolve();
      }
    });
  });
  await twice;

  expect(seen).toEqual([
    ['"0"', false],
    ['"0"', true],
  ]);
});

test('nackAll and reject give back what the application has, and only that', async () => {
  await send(4);
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  const { consumerTag } = await receiver.consume(stage.queue, inbox.take);
  const messages = await inbox.first(4);
  await receiver.cancel(consumerTag);
  receiver.ack(messages[0]!);
  receiver.reject(messages[1]!, false);
  receiver.nackAll();
  await receiver.close();

  expect(await stage.depth(stage.queue)).toBe(2);
});

test('a dead-lettered message opens in its dead-letter queue, with x-death', async () => {
  const other = await openStage();
  await other.bare.deleteQueue(other.queue);
  await other.bare.assertQueue(other.queue, {
    deadLetterExchange: '',
    deadLetterRoutingKey: other.deadLetters,
  });
  try {
    await confirmed(await other.sender(), other.queue, 'poison');
    const receiver = await other.receiver();
    await receiver.consume(other.queue, (message) => receiver.nack(message!, false, false));
    const dead = await eventually(() => receiver.get(other.deadLetters));

    expect(dead.content.toString()).toBe('"poison"');
    expect(dead.properties.headers).toMatchObject({
      'x-first-death-queue': other.queue,
      'x-death': [{ count: 1, reason: 'rejected', queue: other.queue }],
    });
  } finally {
    await other.close();
  }
});

test('with noAck nothing is acknowledged, and acknowledging is an error of the broker’s as ever', async () => {
  await send(3);
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take, { noAck: true });
  const [first] = await inbox.first(3);
  const failed = nextEvent<Error>(receiver, 'error');
  receiver.ack(first!);

  expect(await failed).toMatchObject({ code: 406 });
});

test('acknowledging twice closes the channel with 406, as amqplib does', async () => {
  await send(1);
  const receiver = await stage.receiver();
  const message = await receiver.get(stage.queue);
  if (message === false) throw new Error('nothing came');
  const failed = nextEvent<Error>(receiver, 'error');
  receiver.ack(message);
  receiver.ack(message);

  expect(await failed).toMatchObject({ code: 406 });
});

test('get gives false for an empty queue, and messages with messageCount', async () => {
  const receiver = await stage.receiver();
  expect(await receiver.get(stage.queue)).toBe(false);
  await send(2);

  expect(await receiver.get(stage.queue, { noAck: true })).toMatchObject({
    content: json('0'),
    fields: { messageCount: 1 },
  });
});

test('when the queue is deleted the callback gets null, after all messages', async () => {
  await send(20);
  const inbox = new Inbox();
  await (await stage.receiver()).consume(stage.queue, inbox.take);
  await eventually(async () => (await stage.depth(stage.queue)) === 0);
  await stage.bare.deleteQueue(stage.queue);

  const seen = await inbox.first(21);
  expect(seen.indexOf(null as never)).toBe(20);
});

test('after cancel no more messages come', async () => {
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  const { consumerTag } = await receiver.consume(stage.queue, inbox.take, { consumerTag: 'mine' });
  expect(consumerTag).toBe('mine');
  await send(1);
  await inbox.first(1);
  expect(await receiver.cancel(consumerTag)).toEqual({ consumerTag: 'mine' });
  await send(1);

  expect(await stage.depth(stage.queue)).toBe(1);
  expect(inbox.messages).toHaveLength(1);
});

test('a callback that throws closes the channel with 541, and the message comes again', async () => {
  await send(1);
  const receiver = await stage.receiver();
  const failed = nextEvent<Error>(receiver, 'error');
  await receiver.consume(stage.queue, () => {
    throw new Error('mine');
  });

  expect(await failed).toMatchObject({ message: 'mine', code: 541 });
  expect(await (await stage.receiver()).get(stage.queue)).toMatchObject({ fields: { redelivered: true } });
});

test('with a handler-error listener a throwing callback leaves the channel open', async () => {
  await send(2);
  const receiver = await stage.receiver();
  const told = nextEvent<Error>(receiver, 'handler-error');
  const inbox = new Inbox();
  await receiver.consume(stage.queue, (message) => {
    inbox.take(message);
    if (inbox.messages.length === 1) throw new Error('mine');
  });

  expect(await told).toMatchObject({ message: 'mine' });
  receiver.ack((await inbox.first(2))[1]!);
  await receiver.close();
  expect(await stage.depth(stage.queue)).toBe(1);
});

test('delivery listeners see opened messages', async () => {
  await send(1);
  const receiver = await stage.receiver();
  const seen = nextEvent<ConsumeMessage>(receiver, 'delivery');
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);

  expect(await seen).toBe((await inbox.first(1))[0]);
});

test('recover brings back what was not acknowledged, and does not lose what was', async () => {
  await send(3);
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);
  const [first] = await inbox.first(3);
  receiver.ack(first!);
  await receiver.recover();

  expect((await inbox.texts(5)).slice(3)).toEqual(['1', '2']);
  receiver.ackAll();
  await receiver.close();
  expect(await stage.depth(stage.queue)).toBe(0);
});

test('recover while messages come brings each of them, and leaves the channel open', async () => {
  const receiver = await stage.receiver();
  const closed = new Promise<never>((_, reject) => receiver.once('error', reject));
  const handled = new Set<string>();
  let generation = 0;
  let all = (): void => undefined;
  const done = new Promise<void>((resolve) => (all = resolve));
  await receiver.consume(stage.queue, (message) => {
    const mine = generation;
    // What came before a recovery or while one was under way, when the generation is odd, is not its own any more.
    setTimeout(() => {
      if (mine !== generation || mine % 2 === 1) return;
      handled.add(message!.content.toString());
      receiver.ack(message!);
      if (handled.size === 400) all();
    }, 4);
  });
  const sender = await stage.sender();
  for (let i = 0; i < 400; i++) {
    sender.sendToQueue(stage.queue, json(`${i}`));
    if (i % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    if (i % 40 !== 39) continue;
    generation++;
    await Promise.race([receiver.recover(), closed]);
    generation++;
  }
  await Promise.race([done, closed]);
  await receiver.close();
  expect(await stage.depth(stage.queue)).toBe(0);
});

test('a queue that no channel maps is refused before anything is consumed', async () => {
  const receiver = await stage.receiver();
  const refusal = expect.objectContaining({ code: 'ERR_USAGE_CHANNEL' });

  await expect(receiver.consume('elsewhere', () => undefined)).rejects.toEqual(refusal);
  await expect(receiver.get('elsewhere')).rejects.toEqual(refusal);
  await expect(receiver.get(stage.queue)).resolves.toBe(false);
});

test('an empty queue name means the queue that was declared last', async () => {
  await send(1);
  const receiver = await stage.receiver();
  await receiver.checkQueue(stage.queue);
  const inbox = new Inbox();
  await receiver.consume('', inbox.take);

  expect(await inbox.texts(1)).toEqual(['0']);
});

/** A message that was handled and acknowledged while the audit exchange routes events to no queue. */
async function acknowledgedWithoutAudit(): Promise<Channel> {
  await stage.close();
  stage = await openStage({ auditMore: ', failure_policy: block' });
  await send(1);
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);
  const [message] = await inbox.first(1);
  // Of each agent its start, the policy, two connections and its first checkpoint, and one message sent.
  await eventually(async () => (await stage.depth(stage.audit)) === 11);
  await stage.bare.unbindQueue(stage.audit, stage.audit, '#');
  const held = nextEvent<Error>(receiver, 'held');
  receiver.ack(message!);
  expect(await held).toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
  return receiver;
}

test('a message whose audit event is not confirmed is not acknowledged', async () => {
  const receiver = await acknowledgedWithoutAudit();
  await receiver.close();

  expect(await stage.raw(stage.queue)).toMatchObject({ fields: { redelivered: true } });
  await stage.bare.bindQueue(stage.audit, stage.audit, '#');
});

test('when the audit can be written again, what waited is acknowledged', async () => {
  const receiver = await acknowledgedWithoutAudit();
  const resumed = nextEvent(receiver, 'resumed');
  await stage.bare.bindQueue(stage.audit, stage.audit, '#');
  await resumed;
  await receiver.close();

  expect(await stage.depth(stage.queue)).toBe(0);
});

test('two consumers on one channel each get their own messages', async () => {
  const receiver = await stage.receiver();
  const [one, two] = [new Inbox(), new Inbox()];
  await receiver.consume(stage.queue, one.take);
  await receiver.consume(stage.deadLetters, two.take);
  await send(5);
  stage.bare.sendToQueue(stage.deadLetters, Buffer.from('junk'));

  expect(await one.texts(5)).toEqual(['0', '1', '2', '3', '4']);
  expect(two.messages).toEqual([]);
  receiver.ackAll();
  await receiver.close();
  await settled();
});

test('acknowledged and given back in any order, at any time, every message is handled in the end', async () => {
  const count = 2_000;
  await send(count);
  const receiver = await stage.receiver();
  const errors: unknown[] = [];
  receiver.on('error', (error) => errors.push(error));
  await receiver.prefetch(100);
  const handled = new Set<string>();
  const all = new Promise<void>((resolve) => {
    void receiver.consume(stage.queue, (message) => {
      const text = message!.content.toString();
      const answer = () => {
        if (Number(JSON.parse(text)) % 7 === 0 && !message!.fields.redelivered) receiver.nack(message!);
        else {
          receiver.ack(message!);
          handled.add(text);
          if (handled.size === count) resolve();
        }
      };
      if (Number(JSON.parse(text)) % 3 === 0) answer();
      else setTimeout(answer, Math.random() * 5);
    });
  });
  await all;
  await receiver.close();

  expect(errors).toEqual([]);
  expect(await stage.depth(stage.queue)).toBe(0);
});

test('a quorum queue’s delivery count and a stream’s offset arrive', async () => {
  const quorum = await openStage({ queue: { arguments: { 'x-queue-type': 'quorum' } } });
  const stream = await openStage({ queue: { arguments: { 'x-queue-type': 'stream' } } });
  try {
    await confirmed(await quorum.sender(), quorum.queue, 'counted');
    const receiver = await quorum.receiver();
    const seen = new Promise<ConsumeMessage>((resolve) => {
      void receiver.consume(quorum.queue, (message) => {
        if (message!.fields.redelivered) resolve(message!);
        else receiver.nack(message!);
      });
    });
    expect((await seen).properties.headers).toEqual({ 'x-delivery-count': 1 });

    await confirmed(await stream.sender(), stream.queue, 'streamed');
    const reader = await stream.receiver();
    await reader.prefetch(10);
    const inbox = new Inbox();
    await reader.consume(stream.queue, inbox.take, { arguments: { 'x-stream-offset': 'first' } });
    const [message] = await inbox.first(1);
    expect(message!.properties.headers).toEqual({ 'x-stream-offset': 0 });
    reader.ack(message!);
  } finally {
    await quorum.close();
    await stream.close();
  }
});
