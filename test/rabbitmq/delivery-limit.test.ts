// Quorum queues that drop what is given back too often, on a real broker.
import { afterEach, expect, test } from '@jest/globals';
import type { Options } from 'amqplib';
import callbackApi from 'amqplib/callback_api';
import { secureConnectCallback } from '@sealwire/amqp';
import { fixture, openAs } from '../fixture.ts';
import { confirmed, eventually, nextEvent, openStage, type Stage, type StageOptions } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());
const open = async (options: StageOptions = {}) => (stage = await openStage(options));

const limited: Options.AssertQueue = {
  durable: true,
  arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 },
};

test('a quorum queue that would drop messages is refused at start, and keeps what is in it', async () => {
  await open({ queue: limited });
  await confirmed(await stage.sender(), stage.queue, 'kept');
  const receiver = await stage.receiver();
  await receiver.assertQueue(stage.queue, limited);
  const refused = { code: 'ERR_USAGE_QUEUE', facts: { queue: stage.queue, returns: 2 } };
  await expect(receiver.consume(stage.queue, () => undefined)).rejects.toMatchObject(refused);
  await expect(receiver.get(stage.queue)).rejects.toMatchObject(refused);

  expect(await stage.depth(stage.queue)).toBe(1);
  // What needs no acknowledgement is never given back.
  expect(await receiver.get(stage.queue, { noAck: true })).toMatchObject({ fields: { redelivered: false } });
});

test('it is refused on another channel than the one that declared it, and right behind the declaration', async () => {
  await open({ queue: limited });
  const connection = await stage.connect('researcher');
  const [one, two] = [await connection.createChannel(), await connection.createChannel()];
  const declared = one.assertQueue(stage.queue, limited);
  await expect(two.consume(stage.queue, () => undefined)).rejects.toMatchObject({ code: 'ERR_USAGE_QUEUE' });
  await declared;
});

test('by the callback API it is refused too', async () => {
  await open({ queue: limited });
  const sealwire = await openAs('researcher', stage.policy);
  const connection = await new Promise<callbackApi.Connection>((resolve, reject) => {
    secureConnectCallback(sealwire, fixture().rabbitmqUrl, (error, model) => {
      if (error === null) resolve(model);
      else reject(error);
    });
  });
  const channel = connection.createChannel(() => undefined);
  await new Promise((resolve) => channel.assertQueue(stage.queue, limited, resolve));
  expect(() => channel.consume(stage.queue, () => undefined)).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_QUEUE' }),
  );
  await new Promise<void>((resolve) => connection.close(() => resolve()));
  await sealwire.close();
});

test('with a dead-letter queue of the same channel a message that is given back too often is handled there', async () => {
  await open();
  await stage.bare.deleteQueue(stage.queue);
  const receiver = await stage.receiver();
  await receiver.assertQueue(stage.queue, {
    ...limited,
    deadLetterExchange: '',
    deadLetterRoutingKey: stage.deadLetters,
  });
  await confirmed(await stage.sender(), stage.queue, 'poison');
  const counts: unknown[] = [];
  await receiver.consume(stage.queue, (message) => {
    counts.push(message!.properties.headers!['x-delivery-count']);
    receiver.nack(message!);
  });
  const message = await eventually(() => receiver.get(stage.deadLetters));

  expect(message.content.toString()).toBe('"poison"');
  expect(counts).toEqual([undefined, 1, 2]);
  receiver.ack(message);
  await receiver.close();
  expect(await stage.depth(stage.quarantine)).toBe(0);
});

test('where nothing is known of the queue, a message that comes back again and again is told of before the usual limit', async () => {
  await open({ queue: { durable: true, arguments: { 'x-queue-type': 'quorum' } } });
  await confirmed(await stage.sender(), stage.queue, 'again');
  const receiver = await stage.receiver();
  const told = nextEvent<string>(receiver, 'often-returned');
  let seen = 0;
  await receiver.checkQueue(stage.queue);
  await receiver.consume(stage.queue, (message) => {
    seen++;
    if (seen < 18) receiver.nack(message!);
    else receiver.ack(message!);
  });

  expect(await told).toBe(stage.queue);
  expect(seen).toBeGreaterThanOrEqual(15);
  await eventually(() => Promise.resolve(seen === 18));
});
