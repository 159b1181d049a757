// Connections that recover, against a broker that is stopped and started again.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { secureConnect, secureConnectCallback } from '@sealwire/amqp';
import { startBrokers, type Brokers, type RabbitmqNode } from '@sealwire/testing';
import amqplib, { type ChannelModel } from 'amqplib';
import type { Connection } from 'amqplib/callback_api';
import { auditEvent } from '../audit-event.js';
import { fixture, fresh, openAs, writePolicy } from '../fixture.ts';
import { eventually, Inbox, json, nextEvent } from './stage.ts';

let brokers: Brokers;
let node: RabbitmqNode;
let folder: string;
const queue = fresh('orders');
/** Each test has its own. */
let audit: string;
let policy: string;
beforeEach(() => {
  audit = fresh('audit');
  policy = writePolicy({
    channels: { orders: { queues: [queue], publish: [{ exchange: '', routingKey: queue }] } },
    audit,
  });
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealwire-recovery-'));
  const { tls, admin, folder: keys, agents } = fixture();
  const users = agents.map((name) => ({
    name,
    password: readFileSync(join(keys, 'secrets', `${name}.password`), 'utf8').trim(),
  }));
  const all = { configure: '.*', write: '.*', read: '.*' };
  brokers = await startBrokers({
    folder,
    want: ['rabbitmq'],
    tls: {
      caFile: tls.caFile,
      certFile: join(keys, 'tls', 'broker.crt'),
      keyFile: join(keys, 'tls', 'broker.key'),
    },
    admin,
    users,
    rabbitmqPermissions: {
      ...Object.fromEntries(users.map(({ name }) => [name, all])),
      intern: { ...all, configure: '^$' },
    },
  });
  node = brokers.rabbitmq!;
});
const closing: { close(): Promise<unknown> }[] = [];
const closed = <T extends { close(): Promise<unknown> }>(one: T): T => {
  closing.unshift(one);
  return one;
};
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close().catch(() => undefined);
});
afterAll(async () => {
  await brokers.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An ordinary connection to this node with all rights. */
function bareConnection(): Promise<ChannelModel> {
  const { tls, admin } = fixture();
  return amqplib.connect(node.url, {
    ca: [readFileSync(tls.caFile)],
    cert: readFileSync(tls.adminCertFile),
    key: readFileSync(tls.adminKeyFile),
    credentials: amqplib.credentials.plain(admin.name, admin.password),
  });
}

test('setup and connect get sealed models, before and after the broker restarts, and nothing sealed is lost', async () => {
  const sealwire = closed(await openAs('orchestrator', policy));
  const reader = closed(await openAs('researcher', policy));
  const inbox = new Inbox();
  const setUp: ChannelModel[] = [];
  const receiving = await secureConnect(reader, node.url, {
    recovery: {
      initialDelay: 50,
      maxDelay: 500,
      setup: async (model: ChannelModel) => {
        setUp.push(model);
        const channel = await model.createChannel();
        channel.on('error', () => undefined);
        await channel.assertQueue(queue, { durable: true });
        await channel.consume(queue, (message) => {
          inbox.take(message);
          if (message !== null) channel.ack(message);
        });
      },
    },
  });
  closed(receiving).on('error', () => undefined);
  const model = await secureConnect(sealwire, node.url, { recovery: { initialDelay: 50, maxDelay: 500 } });
  closed(model).on('error', () => undefined);
  const before = await model.createConfirmChannel();
  before.on('error', () => undefined);
  before.sendToQueue(queue, json('before'), { persistent: true });
  await before.waitForConfirms();
  expect(await inbox.texts(1)).toEqual(['before']);

  const lost = nextEvent(model, 'disconnect');
  const back = nextEvent<ChannelModel>(model, 'connect');
  const received = nextEvent(receiving, 'connect');
  await node.stopNode();
  await lost;
  expect(() => before.sendToQueue(queue, json('x'))).toThrow('Channel closed');
  await node.startNode();
  const again = await back;
  await received;
  expect(Object.keys(again.connection)).toEqual(['serverProperties']);
  const channel = await again.createConfirmChannel();
  channel.sendToQueue(queue, json('after, by the model of the event'));
  await channel.waitForConfirms();
  const other = await model.createConfirmChannel();
  other.sendToQueue(queue, json('after, by the recovering model'));
  await other.waitForConfirms();

  // What was not acknowledged when the broker stopped comes again.
  const after = ['after, by the model of the event', 'after, by the recovering model'];
  const texts = await eventually(async () => {
    const all = await inbox.texts(inbox.messages.length);
    return after.every((text) => all.includes(text)) && all;
  });
  expect(texts.filter((text) => text !== 'before')).toEqual(after);
  expect(setUp).toHaveLength(2);
});

test('a connection without recovery says that it is lost, and its audit events arrive when the broker is back', async () => {
  const sealwire = closed(await openAs('orchestrator', policy));
  const model = await secureConnect(sealwire, node.url);
  const lost = Promise.all([nextEvent<Error>(model, 'error'), nextEvent(model, 'close')]);
  const channel = await model.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true });
  channel.sendToQueue(queue, json('sent'));
  await channel.waitForConfirms();
  await node.stopNode({ kill: true });
  await lost;
  await expect(model.createChannel()).rejects.toThrow();
  await node.startNode();
  await sealwire.close();

  const bare = closed(await bareConnection());
  const events = await bare.createChannel();
  const kinds = new Set<unknown>();
  for (;;) {
    const line = await events.get(audit, { noAck: true });
    if (line === false) break;
    const { kind, outcome } = auditEvent(line.content);
    kinds.add(`${String(kind)} ${String(outcome)}`);
  }
  expect(kinds).toContain('message.sent acknowledged');
});

test('an agent that may declare nothing uses the audit exchange and quarantine queue that are there', async () => {
  const quarantine = fresh('quarantine');
  const own = writePolicy({
    channels: {
      orders: {
        queues: [queue],
        publish: [{ exchange: '', routingKey: queue }],
        from: ['intern'],
        to: ['intern'],
      },
    },
    audit,
    quarantine,
  });
  const bare = closed(await bareConnection());
  const admin = await bare.createChannel();
  await admin.assertQueue(queue, { durable: true });
  await admin.purgeQueue(queue);
  await admin.assertQueue(quarantine, { durable: true });
  await admin.assertExchange(audit, 'topic', { durable: true });
  await admin.assertQueue(`${audit}.siem`);
  await admin.bindQueue(`${audit}.siem`, audit, '#');
  admin.sendToQueue(queue, json('junk'));

  const sealwire = closed(await openAs('intern', own));
  const model = closed(await secureConnect(sealwire, node.url));
  const channel = await model.createConfirmChannel();
  channel.sendToQueue(queue, json('good'));
  await channel.waitForConfirms();
  const message = await eventually(() => channel.get(queue));
  expect(message.content).toEqual(json('good'));
  channel.ack(message);
  await channel.close();

  expect((await admin.checkQueue(quarantine)).messageCount).toBe(1);
  expect((await admin.checkQueue(queue)).messageCount).toBe(0);
  await eventually(async () => (await admin.checkQueue(`${audit}.siem`)).messageCount > 2);
});

test('setup in callback style, and errors of its own, are as in amqplib', async () => {
  const sealwire = closed(await openAs('orchestrator', policy));
  const mine = new Error('mine');
  await expect(
    secureConnect(sealwire, node.url, {
      recovery: { maxRetries: 0, setup: (_: ChannelModel, done: (error?: Error) => void) => done(mine) },
    }),
  ).rejects.toBe(mine);
  const model = await secureConnect(sealwire, node.url, {
    recovery: { setup: (_: ChannelModel, done: (error?: Error) => void) => setImmediate(done) },
  });
  await model.close();
});

test('a broker that is away ends the first connection after its retries, with the reason', async () => {
  const sealwire = closed(await openAs('orchestrator', policy));

  await expect(
    secureConnect(sealwire, 'amqps://localhost:1', {
      recovery: { initialMaxRetries: 1, initialDelay: 10 },
    }),
  ).rejects.toMatchObject({ code: 'ERR_UNABLE_CONNECTION' });
});

test('the callback API recovers as well, and gives back the connection at once', async () => {
  const sealwire = closed(await openAs('orchestrator', policy));
  let model: unknown = null;
  const given = await new Promise((resolve) => {
    model = secureConnectCallback(sealwire, node.url, { recovery: true }, (_, connection) =>
      resolve(connection),
    );
  });
  expect(given).toBe(model);
  const recovering = model as ReturnType<typeof secureConnectCallback> & Connection;
  const sent = await new Promise((resolve) => {
    recovering.createConfirmChannel((_, channel) => {
      channel.assertQueue(queue, { durable: true });
      channel.sendToQueue(queue, json('callback'), {}, (error) => resolve(error));
    });
  });
  expect(sent).toBeNull();
  await new Promise<unknown>((resolve) => {
    recovering.close(resolve);
  });
});
