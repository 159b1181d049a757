// What happens to messages that do not verify, against a real broker.
import { afterEach, expect, test } from '@jest/globals';
import type { GetMessage, Options } from 'amqplib';
import { auditEvent } from '../audit-event.js';
import { bareRabbitmq } from '../fixture.ts';
import { publishNested } from './nested-header.ts';
import {
  confirmed,
  eventually,
  Inbox,
  json,
  nextEvent,
  openStage,
  type Stage,
  type StageOptions,
} from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());
const open = async (options: StageOptions = {}) => (stage = await openStage(options));

/** What a stranger with rights on the broker writes. */
function forge(content: string, options: Options.Publish = {}): void {
  stage.bare.sendToQueue(stage.queue, Buffer.from(content), options);
}

/** What the agents, which end with this, wrote. */
async function auditEvents(): Promise<Record<string, unknown>[]> {
  const lines = await stage.allAudited();
  return lines.map((line) => auditEvent(line));
}

test('junk goes to the quarantine queue with the reason, and what is good keeps flowing', async () => {
  await open();
  const sender = await stage.sender();
  await confirmed(sender, stage.queue, 'good 1');
  forge('junk');
  await confirmed(sender, stage.queue, 'good 2');
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);

  expect(await inbox.texts(2)).toEqual(['good 1', 'good 2']);
  const kept = await stage.raw(stage.quarantine);
  expect(kept.content.toString()).toBe('junk');
  expect(kept.properties).toMatchObject({
    deliveryMode: 2,
    headers: {
      'sealwire-code': 'ERR_FORMAT_NOT_SEALED',
      'sealwire-rejected-by': 'researcher',
      'sealwire-queue': stage.queue,
      'sealwire-transport': 'rabbitmq',
    },
  });
  receiver.ackAll();
  await receiver.close();
  expect(await stage.depth(stage.queue)).toBe(0);
});

test('a changed message is quarantined with its bytes as they were', async () => {
  await open({ clearHeaders: ['x-tenant'] });
  await confirmed(await stage.sender(), stage.queue, 'honest', { headers: { 'x-tenant': 'acme' } });
  const wire = await stage.raw(stage.queue);
  const bent = Buffer.from(wire.content);
  bent[bent.length - 5]! ^= 1;
  stage.bare.sendToQueue(stage.queue, bent, wire.properties);
  stage.bare.sendToQueue(stage.queue, wire.content, { headers: { 'x-tenant': 'other' } });
  await (await stage.receiver()).consume(stage.queue, () => undefined);

  const [one, two] = [await stage.raw(stage.quarantine), await stage.raw(stage.quarantine)];
  expect(one.content).toEqual(bent);
  expect(one.properties.headers).toMatchObject({ 'x-tenant': 'acme' });
  expect(one.properties.headers!['sealwire-code']).toMatch(/^ERR_(INTEGRITY|FORMAT)_/);
  expect(two.properties.headers).toMatchObject({
    'x-tenant': 'other',
    'sealwire-code': 'ERR_POLICY_HEADERS',
  });
});

test('the quarantined copy has nothing on it that the broker would act on', async () => {
  await open();
  forge('junk', {
    CC: [stage.deadLetters],
    headers: {
      BCC: [stage.deadLetters],
      'sealwire-code': 'mine',
      number: 5,
      float: { '!': 'double', value: -1e300 },
      kept: 'yes',
    },
    expiration: '600000',
    replyTo: 'somewhere',
    priority: 5,
  });
  await eventually(async () => (await stage.depth(stage.deadLetters)) === 1);
  await stage.bare.purgeQueue(stage.deadLetters);
  await (await stage.receiver()).consume(stage.queue, () => undefined);

  const kept = await stage.raw(stage.quarantine);
  expect(kept.properties).toMatchObject({
    expiration: undefined,
    replyTo: undefined,
    priority: undefined,
    userId: undefined,
  });
  expect(kept.properties.headers).toMatchObject({
    kept: 'yes',
    number: 5,
    'sealwire-code': 'ERR_FORMAT_NOT_SEALED',
  });
  expect(kept.properties.headers).not.toHaveProperty('CC');
  expect(await stage.depth(stage.deadLetters)).toBe(0);
});

test('a rejection is audited before its message leaves the queue', async () => {
  await open();
  forge('junk');
  const receiver = await stage.receiver();
  await receiver.consume(stage.queue, () => undefined);
  await stage.raw(stage.quarantine);
  await receiver.close();

  expect(await stage.depth(stage.queue)).toBe(0);
  expect(await auditEvents()).toContainEqual(
    expect.objectContaining({
      kind: 'message.rejected',
      code: 'ERR_FORMAT_NOT_SEALED',
      outcome: 'quarantined',
      encryption_status: 'plaintext',
      queue: stage.queue,
    }),
  );
});

test('a header table as large as the broker carries is quarantined, not a stall', async () => {
  await open();
  const headers = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`h${i}`, 'x'.repeat(300)]));
  forge('junk', { headers, correlationId: 'c'.repeat(255) });
  await confirmed(await stage.sender(), stage.queue, 'good');
  const inbox = new Inbox();
  await (await stage.receiver()).consume(stage.queue, inbox.take);

  expect(await inbox.texts(1)).toEqual(['good']);
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('junk');
});

test('a header named __proto__ forges nothing', async () => {
  await open();
  await confirmed(await stage.sender(), stage.queue, 'honest');
  const wire = await stage.raw(stage.queue);
  const headers = JSON.parse('{"__proto__":{"x-role":"admin"}}') as Record<string, unknown>;
  stage.bare.sendToQueue(stage.queue, wire.content, { headers });
  const message = (await (await stage.receiver()).get(stage.queue)) as GetMessage;

  expect(message.content.toString()).toBe('"honest"');
  expect(message.properties.headers!['x-role']).toBeUndefined();
  expect(Object.getPrototypeOf(message.properties.headers)).toBe(Object.prototype);
});

test('headers and properties that a stranger adds on the wire do not reach the application', async () => {
  await open();
  await confirmed(await stage.sender(), stage.queue, 'honest', { correlationId: 'mine' });
  const wire = await stage.raw(stage.queue);
  stage.bare.sendToQueue(stage.queue, wire.content, {
    headers: { 'x-role': 'admin' },
    correlationId: 'forged',
    replyTo: 'forged',
    type: 'forged',
    messageId: 'forged',
    contentType: 'forged/type',
    timestamp: 1,
  });
  const message = (await (await stage.receiver()).get(stage.queue)) as GetMessage;

  expect(message.properties).toMatchObject({
    headers: {},
    correlationId: 'mine',
    replyTo: undefined,
    type: undefined,
    messageId: undefined,
    contentType: undefined,
    timestamp: undefined,
  });
});

test('get quarantines what does not verify and gives the next message', async () => {
  await open();
  forge('junk 1');
  forge('junk 2');
  await confirmed(await stage.sender(), stage.queue, 'good');
  const receiver = await stage.receiver();

  expect(await receiver.get(stage.queue)).toMatchObject({ content: json('good') });
  expect(await receiver.get(stage.queue)).toBe(false);
  expect(await stage.depth(stage.quarantine)).toBe(2);
});

test('with noAck a rejected message is quarantined all the same', async () => {
  await open();
  forge('junk');
  await confirmed(await stage.sender(), stage.queue, 'good');
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take, { noAck: true });

  expect(await inbox.texts(1)).toEqual(['good']);
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('junk');
  await receiver.checkQueue(stage.queue);
});

test('on_reject: drop forgets the message and audits that', async () => {
  await open({ onReject: 'drop' });
  forge('junk');
  await confirmed(await stage.sender(), stage.queue, 'good');
  const receiver = await stage.receiver();
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);
  receiver.ack((await inbox.first(1))[0]!);
  await receiver.close();

  expect(await stage.depth(stage.queue)).toBe(0);
  expect(await stage.depth(stage.quarantine)).toBe(0);
  expect(await auditEvents()).toContainEqual(expect.objectContaining({ outcome: 'dropped' }));
});

test('on_reject: halt stops the consumer with null and leaves everything in the queue', async () => {
  await open({ onReject: 'halt' });
  forge('junk');
  await confirmed(await stage.sender(), stage.queue, 'good');
  const receiver = await stage.receiver();
  const told = nextEvent<Error>(receiver, 'handler-error');
  await receiver.prefetch(1);
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);

  expect(await told).toMatchObject({ code: 'ERR_FORMAT_NOT_SEALED' });
  expect(await inbox.first(1)).toEqual([null]);
  await receiver.close();
  expect(await stage.depth(stage.queue)).toBe(2);
  expect(await auditEvents()).toContainEqual(expect.objectContaining({ outcome: 'halted' }));
});

test('on_reject: halt makes get throw, and the message stays', async () => {
  await open({ onReject: 'halt' });
  forge('junk');
  const receiver = await stage.receiver();

  await expect(receiver.get(stage.queue)).rejects.toMatchObject({ code: 'ERR_FORMAT_NOT_SEALED' });
  await receiver.close();
  // The broker returns it to its queue after it has answered the close.
  while ((await stage.depth(stage.queue)) !== 1) await new Promise((resolve) => setTimeout(resolve, 50));
});

test('while the quarantine cannot be written nothing is lost, and afterwards it flows again', async () => {
  await open();
  // A queue that takes nothing: publishing to it is refused with a nack.
  await stage.bare.deleteQueue(stage.quarantine);
  await stage.bare.assertQueue(stage.quarantine, { maxLength: 0, overflow: 'reject-publish' });
  forge('junk');
  await confirmed(await stage.sender(), stage.queue, 'good');
  const receiver = await stage.receiver();
  const held = nextEvent<Error>(receiver, 'held');
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);
  expect(await held).toMatchObject({ code: 'ERR_UNABLE_QUARANTINE' });

  const resumed = nextEvent(receiver, 'resumed');
  await stage.bare.deleteQueue(stage.quarantine);
  await stage.bare.assertQueue(stage.quarantine, { durable: true });
  await resumed;
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('junk');
  receiver.ack((await inbox.first(1))[0]!);
  await receiver.close();
  expect(await stage.depth(stage.queue)).toBe(0);
});

test('a thousand junk messages do not stop one good message', async () => {
  await open();
  for (let i = 0; i < 1000; i++) forge(`junk ${i}`);
  await confirmed(await stage.sender(), stage.queue, 'good');
  const receiver = await stage.receiver();
  await receiver.prefetch(50);
  const inbox = new Inbox();
  await receiver.consume(stage.queue, inbox.take);

  expect(await inbox.texts(1)).toEqual(['good']);
  await eventually(async () => (await stage.depth(stage.quarantine)) === 1000);
});

test('header tables nested thousands deep, which end bare amqplib’s connection, are just another rejection', async () => {
  await open();
  publishNested(stage.bare, stage.queue, Buffer.from('deep'), 20_000);
  await confirmed(await stage.sender(), stage.queue, 'good');
  await eventually(async () => (await stage.depth(stage.queue)) === 2);
  const bare = await bareRabbitmq();
  const ended = nextEvent<Error>(bare, 'error');
  await (await bare.createChannel()).consume(stage.queue, () => undefined);
  expect(await ended).toMatchObject({ message: 'Maximum call stack size exceeded' });

  const inbox = new Inbox();
  await (await stage.receiver()).consume(stage.queue, inbox.take);
  expect(await inbox.texts(1)).toEqual(['good']);
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('deep');
});
