// The callback API, sealed, against a real broker.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { secureConnectCallback } from '@sealwire/amqp';
import type { GetMessage } from 'amqplib';
import type { ConfirmChannel, Connection } from 'amqplib/callback_api';
import type { Sealwire } from 'sealwire';
import { fixture, openAs } from '../fixture.ts';
import { confirmed, json, nextEvent, openStage, type Stage } from './stage.ts';

let stage: Stage;
let sealwire: Sealwire;
let connection: Connection;
beforeEach(async () => {
  stage = await openStage();
  sealwire = await openAs('orchestrator', stage.policy);
  connection = await called((done) => secureConnectCallback(sealwire, fixture().rabbitmqUrl, done));
});
afterEach(async () => {
  await called<unknown>((done) => connection.close(done as () => void)).catch(() => undefined);
  await sealwire.close();
  await stage.close();
});

function called<T>(call: (done: (error: Error, result: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error === null || error === undefined) resolve(result);
      else reject(error);
    });
  });
}

test('a confirm channel can be used at once, and its callback gives the same object', async () => {
  let atOnce: ConfirmChannel | null = null;
  const given = await called<ConfirmChannel>((done) => (atOnce = connection.createConfirmChannel(done)));
  expect(given).toBe(atOnce);
  await called((done) => given.sendToQueue(stage.queue, json('1'), {}, done));
  await called<unknown>((done) => given.waitForConfirms(done as () => void));

  expect(await (await stage.receiver()).get(stage.queue)).toMatchObject({ content: json('1') });
});

test('methods chain on the sealed channel, and calls without a callback work', async () => {
  const channel = connection.createChannel(undefined as never);
  // Typed as void, but amqplib lets them chain.
  const chaining = channel as unknown as Record<string, (...args: unknown[]) => unknown>;

  expect(chaining['assertQueue']!(stage.queue)).toBe(channel);
  expect(chaining['prefetch']!(1)).toBe(channel);
  expect(chaining['checkQueue']!(stage.queue)).toBe(channel);
  await called((done) => channel.checkQueue(stage.queue, done));
});

test('consume, ack and cancel', async () => {
  const sender = await stage.sender();
  await confirmed(sender, stage.queue, 'one');
  const channel = connection.createChannel(() => undefined);
  const message = await new Promise<GetMessage>((resolve, reject) => {
    channel.consume(
      stage.queue,
      (got) => resolve(got as unknown as GetMessage),
      { consumerTag: 'mine' },
      (error) => {
        if (error !== null) reject(error);
      },
    );
  });
  expect(message.content).toEqual(json('one'));
  channel.ack(message);
  expect(await called((done) => channel.cancel('mine', done))).toEqual({ consumerTag: 'mine' });
  await called<unknown>((done) => channel.close(done as () => void));

  expect(await stage.depth(stage.queue)).toBe(0);
});

test('get gives false or the opened message, and quarantines what does not verify', async () => {
  const channel = connection.createChannel(() => undefined);
  expect(await called((done) => channel.get(stage.queue, {}, done))).toBe(false);
  stage.bare.sendToQueue(stage.queue, Buffer.from('junk'));
  await confirmed(await stage.sender(), stage.queue, 'good');

  expect(await called((done) => channel.get(stage.queue, {}, done))).toMatchObject({ content: json('good') });
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('junk');
});

test('errors of the broker reach callback and error event', async () => {
  const channel = connection.createChannel(() => undefined);
  const failed = nextEvent<Error>(channel, 'error');

  await expect(called((done) => channel.checkQueue('nowhere', done))).rejects.toMatchObject({ code: 404 });
  expect(await failed).toMatchObject({ code: 404 });
});

test('a failed connection is told to the callback once', async () => {
  const calls: unknown[] = [];
  await new Promise<void>((resolve) => {
    secureConnectCallback(sealwire, 'amqps://localhost:1', {}, (error) => {
      calls.push(error);
      resolve();
    });
  });

  expect(calls).toEqual([expect.objectContaining({ code: 'ERR_UNABLE_CONNECTION' })]);
});

test('arguments that are refused are thrown at once', () => {
  expect(() => secureConnectCallback(sealwire, 'amqp://localhost', () => undefined)).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_CONNECTION' }),
  );
});
