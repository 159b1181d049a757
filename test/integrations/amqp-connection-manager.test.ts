// amqp-connection-manager over connections of the policy's, one of which is cut while messages wait.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { secureConnectionManager, SecureConnectionManager } from '@sealwire/amqp-connection-manager';
import { origin } from '@sealwire/core';
import { FaultProxy } from '@sealwire/testing';
import type { Channel } from 'amqp-connection-manager';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { Sealwire } from 'sealwire';
import { auditEvent } from '../audit-event.js';
import { fixture, fresh, openAs } from '../fixture.ts';
import { eventually, openStage, type Stage } from '../rabbitmq/stage.ts';

let stage: Stage;
let proxy: FaultProxy;
let url: string;
const closing: { close(): Promise<unknown> }[] = [];

beforeEach(async () => {
  stage = await openStage();
  proxy = await FaultProxy.open(Number(new URL(fixture().rabbitmqUrl).port));
  url = `amqps://localhost:${proxy.port}`;
});
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close().catch(() => undefined);
  await proxy.close();
  await stage.close();
});

function closed<T extends { close(): Promise<unknown> }>(one: T): T {
  closing.push(one);
  return one;
}

async function agent(name: string): Promise<Sealwire> {
  return closed(await openAs(name, stage.policy));
}

/** Waits until the audit queue had that many connections of the orchestrator's. */
async function openedInAudit(count: number): Promise<void> {
  for (let opened = 0; opened < count;) {
    const line = await eventually(() => stage.bare.get(stage.audit, { noAck: true }));
    const { kind, sender_id } = auditEvent(line.content);
    if (kind === 'connection.opened' && sender_id === 'orchestrator') opened++;
  }
}

test('what waited while the connection was away is sealed and arrives in order, over a connection that was judged anew', async () => {
  const options = { reconnectTimeInSeconds: 0.05 };
  const receiving = closed(secureConnectionManager(await agent('researcher'), [url], options));
  const got: { text: unknown; sender: string | null | undefined }[] = [];
  const inbox = receiving.createChannel({ setup: () => Promise.resolve() });
  await inbox.consume(stage.queue, (message) => {
    got.push({ text: JSON.parse(message.content.toString()), sender: origin(message)?.sender });
    inbox.ack(message);
  });
  const sending = closed(secureConnectionManager(await agent('orchestrator'), [url], options));
  let setUps = 0;
  const outbox = sending.createChannel({
    json: true,
    setup: async () => void (setUps += 1),
  });
  await outbox.sendToQueue(stage.queue, 'before', { persistent: true });
  await eventually(async () => got.length === 1 && true);

  const lost = new Promise((resolve) => sending.once('disconnect', resolve));
  proxy.down();
  await lost;
  const waiting = ['one', 'two', 'three'].map((text) =>
    outbox.sendToQueue(stage.queue, text, { persistent: true }),
  );
  expect(outbox.queueLength()).toBe(3);
  expect(sending.isConnected()).toBe(false);
  proxy.heal();
  await Promise.all(waiting);

  await eventually(async () => got.some(({ text }) => text === 'three') && true);
  // The first may come again: its acknowledgement can be lost with the connection.
  expect(got.filter(({ text }) => text !== 'before')).toEqual(
    ['one', 'two', 'three'].map((text) => ({ text, sender: 'orchestrator' })),
  );
  expect(setUps).toBe(2);
  await openedInAudit(2);
});

test('neither setup, nor the connect event, nor the manager leads to the raw connection', async () => {
  const manager = closed(new SecureConnectionManager(await agent('orchestrator'), url));
  const event = new Promise<{ connection: ChannelModel }>((resolve) => manager.once('connect', resolve));
  await manager.connect();
  const { connection } = await event;
  expect(manager.connection).toBe(connection);
  expect(Object.keys(connection.connection)).toEqual(['serverProperties']);
  const seen = await new Promise<Channel>((resolve) => {
    closed(manager.createChannel({ setup: async (channel: Channel) => resolve(channel) }));
  });
  expect(Object.keys((seen as ConfirmChannel).connection)).toEqual(['serverProperties']);
  await connection.createChannel();
});

test('what lies in the queue is sealed, and a message that may not be sent rejects its promise without holding up others', async () => {
  const manager = closed(secureConnectionManager(await agent('orchestrator'), [{ url }]));
  const errors: unknown[] = [];
  const channel = manager.createChannel({ json: true });
  channel.on('error', (error) => errors.push(error));
  const refused = channel.sendToQueue(fresh('nobody'), 'x');
  const sent = channel.sendToQueue(stage.queue, 'secret');

  await expect(refused).rejects.toMatchObject({ code: 'ERR_USAGE_CHANNEL' });
  await sent;
  expect(errors).toEqual([]);
  const raw = await stage.raw(stage.queue);
  expect(raw.content.includes('secret')).toBe(false);
  expect(raw.properties.contentType).toBe('application/vnd.sealwire');
});

test('a forced reconnect connects at once and sets channels up again', async () => {
  const manager = closed(
    secureConnectionManager(await agent('orchestrator'), url, { reconnectTimeInSeconds: 3600 }),
  );
  let setUps = 0;
  const channel = manager.createChannel({ json: true, setup: async () => void (setUps += 1) });
  await channel.waitForConnect();
  const back = new Promise((resolve) => channel.once('connect', () => resolve(true)));
  const forced = new Promise<{ err: Error }>((resolve) => manager.once('disconnect', resolve));
  manager.reconnect();

  expect((await forced).err.message).toBe('forced reconnect');
  expect(await back).toBe(true);
  expect(setUps).toBe(2);
  await channel.sendToQueue(stage.queue, 'again');
});

test('options weaker than the policy are refused before anything is connected', async () => {
  const sealwire = await agent('orchestrator');
  const refusals: [unknown, object?][] = [
    ['amqp://localhost'],
    [[url, `amqps://guest:guest@localhost:${proxy.port}`]],
    [url, { connectionOptions: { rejectUnauthorized: false } }],
    [{ url, connectionOptions: { ca: ['any'] } }],
    [{ protocol: 'amqp', hostname: 'localhost' }],
  ];
  for (const [urls, options] of refusals)
    expect(() => secureConnectionManager(sealwire, urls as string, options)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE_CONNECTION' }),
    );
  expect(() => secureConnectionManager(sealwire, null)).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }),
  );
  expect(proxy.connections).toBe(0);
});

test('what findServers finds is judged as well, and the next broker is tried', async () => {
  const failed: { err: { code: string }; url: unknown }[] = [];
  const found = ['amqp://localhost', 'amqps://localhost:1', url];
  const manager = closed(
    new SecureConnectionManager(await agent('orchestrator'), null, {
      findServers: () => Promise.resolve(found),
      reconnectTimeInSeconds: 0.01,
    }),
  );
  manager.on('connectFailed', (event: { err: { code: string }; url: unknown }) => failed.push(event));

  await expect(manager.connect()).rejects.toMatchObject({ code: 'ERR_USAGE_CONNECTION' });
  await manager.connect();
  expect(failed.map(({ err, url: of }) => [err.code, of])).toEqual([
    ['ERR_USAGE_CONNECTION', found[0]],
    ['ERR_UNABLE_CONNECTION', found[1]],
  ]);
});

test('closing while it connects leaves nothing open, and connecting after that is refused', async () => {
  const manager = secureConnectionManager(await agent('orchestrator'), url);
  await manager.close();
  await eventually(async () => proxy.connections === 0 && true);
  expect(manager.isConnected()).toBe(false);
  await expect(manager.connect()).rejects.toThrow('after close');
  expect(() => manager.reconnect()).toThrow('after close');
});

test('connect gives up after its time-out, while the manager goes on trying', async () => {
  proxy.down();
  const manager = closed(
    new SecureConnectionManager(await agent('orchestrator'), url, { reconnectTimeInSeconds: 0.05 }),
  );
  await expect(manager.connect({ timeout: 200 })).rejects.toThrow('timeout');
  proxy.heal();
  await eventually(async () => manager.isConnected());
});
