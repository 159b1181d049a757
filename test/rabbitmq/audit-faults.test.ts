// Whatever happens to the audit exchange while messages flow: nothing is lost, and what lies in the queue verifies.
import { secureConnect } from '@sealwire/amqp';
import { FaultProxy } from '@sealwire/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ChannelModel, ConfirmChannel, GetMessage } from 'amqplib';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenedSealwire } from 'sealwire';
import { auditEvent } from '../audit-event.ts';
import { command } from '../command.ts';
import { fixture, openAs } from '../fixture.ts';
import { confirmed, openStage, type Stage } from './stage.ts';

type Event = Record<string, string | number>;
const count = 30;

let stage: Stage;
const closing: (() => Promise<unknown>)[] = [];
const lines: GetMessage[] = [];
beforeEach(async () => {
  stage = await openStage();
  lines.length = 0;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await stage.close();
});

interface Sender {
  readonly sealwire: OpenedSealwire;
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  end(): Promise<void>;
}

async function sender(url = fixture().rabbitmqUrl): Promise<Sender> {
  const sealwire = await openAs('orchestrator', stage.policy);
  const model = await secureConnect(sealwire, url);
  model.on('error', () => undefined);
  let ended: Promise<void> | null = null;
  const end = (): Promise<void> =>
    (ended ??= model
      .close()
      .catch(() => undefined)
      .then(() => sealwire.close()));
  closing.push(end);
  return { sealwire, model, channel: await model.createConfirmChannel(), end };
}

const send = (channel: ConfirmChannel, n: number): Promise<void> =>
  confirmed(channel, stage.queue, `value ${n}`);
const spooled = ({ sealwire }: Sender): number =>
  sealwire.auditStates().reduce((sum, { spooledEvents }) => sum + spooledEvents, 0);
async function drained(one: Sender): Promise<void> {
  while (spooled(one) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Takes what lies in the audit queue. */
async function taken(): Promise<void> {
  for (;;) {
    const message = await stage.bare.get(stage.audit, { noAck: true });
    if (message === false) return;
    lines.push(message);
  }
}

/** A repeat once. */
function events(): Event[] {
  const all = lines.map(({ content }) => auditEvent<Event>(content));
  return [...new Map(all.map((event) => [`${event['chain']}:${event['sequence']}`, event])).values()];
}

async function verified(): Promise<{ exitCode: number; out: string }> {
  const file = join(mkdtempSync(join(tmpdir(), 'sealwire-lines-')), 'audit.jsonl');
  writeFileSync(file, lines.map(({ content }) => `${content.toString()}\n`).join(''));
  const { exitCode, out } = await command('audit', 'verify', file, '--policy', stage.policy);
  return { exitCode, out };
}

async function expectWhole(sent: number): Promise<void> {
  const all = events();
  expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_event, i) => i));
  expect(all.filter(({ kind }) => kind === 'message.sent')).toHaveLength(sent);
  expect(await verified()).toMatchObject({ exitCode: 0 });
}

test('events are persistent messages under their writer’s name, and verify as they lie in the queue', async () => {
  const one = await sender();
  for (let n = 0; n < 5; n++) await send(one.channel, n);
  await one.end();
  await taken();
  expect(new Set(lines.map(({ fields }) => fields.routingKey))).toEqual(new Set(['orchestrator']));
  expect(new Set(lines.map(({ properties }) => properties.deliveryMode as unknown))).toEqual(new Set([2]));
  await expectWhole(5);
});

test('a queue that is full keeps nobody waiting, and gets what waited when another is bound', async () => {
  await stage.bare.deleteQueue(stage.audit);
  const bounded = { durable: true, arguments: { 'x-max-length': 5, 'x-overflow': 'reject-publish' } };
  await stage.bare.assertQueue(stage.audit, bounded);
  await stage.bare.bindQueue(stage.audit, stage.audit, '#');
  const one = await sender();
  for (let n = 0; n < count; n++) await send(one.channel, n);
  expect(spooled(one)).toBeGreaterThan(0);
  await taken();
  await stage.bare.deleteQueue(stage.audit);
  await stage.bare.assertQueue(stage.audit, { durable: true });
  await stage.bare.bindQueue(stage.audit, stage.audit, '#');
  await drained(one);
  await one.end();
  await taken();
  // RabbitMQ takes some of a batch and refuses others: nothing is lost, but a queue with such a bound has no order.
  const sequences = events()
    .map(({ sequence }) => Number(sequence))
    .sort((a, b) => a - b);
  expect(sequences).toEqual(sequences.map((_sequence, n) => n));
  expect(events().filter(({ kind }) => kind === 'message.sent')).toHaveLength(count);
});

test('an exchange and a queue that are deleted are declared again, and nothing that came meanwhile is lost', async () => {
  const one = await sender();
  await send(one.channel, 0);
  await drained(one);
  await taken();
  await stage.bare.deleteQueue(stage.audit);
  await stage.bare.deleteExchange(stage.audit);
  for (let n = 1; n < count; n++) await send(one.channel, n);
  await drained(one);
  await one.end();
  await taken();
  await expectWhole(count);
});

test('a broker that is slow and then away for a while loses nothing: every message has its outcome', async () => {
  const proxy = await FaultProxy.open(Number(new URL(fixture().rabbitmqUrl).port));
  closing.unshift(() => proxy.close());
  const url = new URL(fixture().rabbitmqUrl);
  url.port = String(proxy.port);
  const one = await sender(url.toString());
  for (let n = 0; n < 5; n++) await send(one.channel, n);
  proxy.add({ type: 'latency', latency: 200, jitter: 100 });
  proxy.add({ type: 'slicer', average_size: 100, delay: 1000 });
  for (let n = 5; n < 10; n++) await send(one.channel, n);
  for (let n = 10; n < 20; n++) send(one.channel, n).catch(() => undefined);
  proxy.down();
  await new Promise((resolve) => setTimeout(resolve, 500));
  proxy.heal();
  await one.end();
  // What had no outcome, or waited, comes with the next start.
  const next = await sender();
  await send(next.channel, 20);
  await drained(next);
  await next.end();
  await taken();
  await expectWhole(21);
  const outcomes = events()
    .filter(({ kind }) => kind === 'message.sent')
    .map(({ outcome }) => outcome);
  expect(outcomes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'acknowledged'));
});
