// Publishing through a sealed channel, against a real broker.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { origin } from '@sealwire/core';
import type { Message } from 'amqplib';
import { confirmed, Inbox, json, nextEvent, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage({ clearHeaders: ['x-tenant', 'x-raw'] });
});
afterEach(() => stage.close());

test('what one agent publishes, another reads, with its origin', async () => {
  const sender = await stage.sender();
  await confirmed(sender, stage.queue, 'hello');
  const message = await (await stage.receiver()).get(stage.queue);

  if (message === false) throw new Error('nothing came');
  expect(message.content.toString()).toBe('"hello"');
  expect(message.fields).toMatchObject({ exchange: '', routingKey: stage.queue, redelivered: false });
  expect(origin(message)).toMatchObject({
    verified: true,
    sender: 'orchestrator',
    recipients: ['team'],
    type: 'agent.message',
  });
});

test('messages keep the order of publish calls, of sendToQueue and exchanges alike', async () => {
  const sender = await stage.sender();
  for (let i = 0; i < 100; i++) {
    if (i % 2 === 0) sender.sendToQueue(stage.queue, json(`${i}`));
    else sender.publish(stage.exchange, `key.${i}`, json(`${i}`));
  }
  await sender.waitForConfirms();
  const inbox = new Inbox();
  await (await stage.receiver()).consume(stage.queue, inbox.take, { noAck: true });

  expect(await inbox.texts(100)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
});

test('publish answers false when the write buffer is full, and drain comes', async () => {
  const model = await stage.connect('orchestrator');
  const channel = await model.createChannel({ highWaterMark: 4 });
  const drained = nextEvent(channel, 'drain');
  const answers = Array.from({ length: 20 }, () => channel.sendToQueue(stage.queue, json('x')));

  expect(answers[0]).toBe(true);
  expect(answers).toContain(false);
  await drained;
});

test('each confirm callback is called exactly once, in order, with null', async () => {
  const sender = await stage.sender();
  const confirms: [number, unknown][] = [];
  for (let i = 0; i < 50; i++)
    sender.sendToQueue(stage.queue, json('x'), {}, (error) => confirms.push([i, error]));
  await sender.waitForConfirms();

  expect(confirms).toEqual(Array.from({ length: 50 }, (_, i) => [i, null]));
});

test('a message that the broker refuses is a nack to its callback and to waitForConfirms', async () => {
  const full = await openStage({ queue: { maxLength: 1, overflow: 'reject-publish' } });
  try {
    const sender = await full.sender();
    await confirmed(sender, full.queue, 'fits');
    await expect(confirmed(sender, full.queue, 'does not')).rejects.toThrow('message nacked');
    sender.sendToQueue(full.queue, json('neither'));
    await expect(sender.waitForConfirms()).rejects.toThrow('message nacked');
  } finally {
    await full.close();
  }
});

test('bad input is refused at once, and nothing is sent', async () => {
  const sender = await stage.sender();
  const publish = (content: unknown, options = {}, routingKey: unknown = stage.queue) =>
    sender.publish('', routingKey as string, content as Buffer, options);

  expect(() => publish('text')).toThrow(TypeError);
  expect(() => publish({})).toThrow(TypeError);
  expect(() => publish(json('x'), {}, 7)).toThrow(TypeError);
  expect(() => publish(json('x'), { contentType: 7 })).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_MESSAGE' }),
  );
  expect(() => publish(json('x'), { headers: { fn: () => 0 } })).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_HEADER' }),
  );
  expect(() => publish(json('x'), {}, 'unmapped')).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_CHANNEL' }),
  );
  await confirmed(sender, stage.queue, 'good');
  expect(await stage.depth(stage.queue)).toBe(1);
});

test('a Uint8Array is published as the bytes that it is', async () => {
  const sender = await stage.sender();
  sender.sendToQueue(stage.queue, new Uint8Array(json([1])) as Buffer);
  await sender.waitForConfirms();
  const message = await (await stage.receiver()).get(stage.queue);

  expect(message).toMatchObject({ content: json([1]) });
});

test('content and options of the caller are not changed', async () => {
  const sender = await stage.sender();
  const headers = Object.freeze({ a: 'b', traceparent: '00-1' });
  const options = Object.freeze({ headers, contentType: 'text/plain', mandatory: true });
  const content = json('same');
  sender.sendToQueue(stage.queue, content, options);
  await sender.waitForConfirms();

  expect(options).toEqual({
    headers: { a: 'b', traceparent: '00-1' },
    contentType: 'text/plain',
    mandatory: true,
  });
  expect(content.toString()).toBe('"same"');
});

const everything = {
  contentType: 'application/json',
  contentEncoding: 'identity',
  correlationId: 'secret-correlation',
  replyTo: 'secret-reply',
  messageId: 'secret-id',
  timestamp: 1_700_000_000,
  type: 'secret-type',
  appId: 'secret-app',
  persistent: true,
  priority: 3,
  expiration: '60000',
};
const headers = {
  text: 'secret-text',
  bytes: Buffer.from([0, 255, 1]),
  int: 42,
  negative: -7,
  large: 2 ** 40,
  float: 1.5,
  yes: true,
  nothing: null,
  table: { nested: { deep: 'secret-deep', bytes: Buffer.from([9]) } },
  list: [1, 'two', Buffer.from([3]), { four: 4 }],
  when: { '!': 'timestamp', value: 1_700_000_001 },
  price: { '!': 'decimal', value: { places: 2, digits: 1234 } },
  constructor: 'secret-constructor',
};

test('properties and headers of every type arrive as bare amqplib delivers them', async () => {
  const { bare, queue } = stage;
  bare.sendToQueue(queue, Buffer.from('bare'), { ...everything, headers });
  const plain = await stage.raw(queue);
  const sender = await stage.sender();
  await confirmed(sender, queue, 'sealed', { ...everything, headers });
  const opened = await (await stage.receiver()).get(queue);

  if (opened === false) throw new Error('nothing came');
  expect(opened.properties).toStrictEqual(plain.properties);
  expect(Object.keys(opened.properties)).toEqual(Object.keys(plain.properties));
});

test('a message without options arrives with the same properties as bare', async () => {
  stage.bare.sendToQueue(stage.queue, Buffer.from('bare'));
  const plain = await stage.raw(stage.queue);
  await confirmed(await stage.sender(), stage.queue, 'sealed');
  const opened = await (await stage.receiver()).get(stage.queue);

  expect(opened).toMatchObject({ properties: plain.properties });
});

test('on the wire there is nothing of the message in clear', async () => {
  await confirmed(await stage.sender(), stage.queue, 'secret-content', { ...everything, headers });
  const wire = await stage.raw(stage.queue);

  const text = JSON.stringify(wire.properties) + wire.content.toString('latin1');
  expect(text).not.toContain('secret-');
  expect(wire.properties).toMatchObject({
    contentType: 'application/vnd.sealwire',
    headers: {},
    deliveryMode: 2,
    priority: 3,
    expiration: '60000',
    messageId: undefined,
    correlationId: undefined,
    replyTo: undefined,
    type: undefined,
    appId: undefined,
    timestamp: undefined,
  });
});

test('clear headers of the policy and the trace are on the wire, what else there is lies inside, and all arrive', async () => {
  const given = {
    'x-tenant': 'acme',
    'x-raw': Buffer.from([255, 254]),
    traceparent: '00-abc-def-01',
    tracestate: 'k=v',
    baggage: 'user=1',
    other: 'inside',
  };
  await confirmed(await stage.sender(), stage.queue, 'one', { headers: given });
  await confirmed(await stage.sender(), stage.queue, 'two', { headers: given });
  const wire = await stage.raw(stage.queue);
  const opened = await (await stage.receiver()).get(stage.queue);

  const { other, baggage, ...clear } = given;
  expect(wire.properties.headers).toEqual(clear);
  expect(opened).toMatchObject({ properties: { headers: { ...clear, other, baggage } } });
});

test('CC reaches further queues and the receiver, BCC further queues only', async () => {
  const { deadLetters, queue } = stage;
  await confirmed(await stage.sender(), queue, 'copied', { CC: deadLetters });
  const receiver = await stage.receiver();
  const copy = await receiver.get(deadLetters);

  expect(copy).toMatchObject({ content: json('copied'), properties: { headers: { CC: [deadLetters] } } });
  // Both queues are one channel’s: this agent has the message once, any other agent of its audience has it too.
  expect(await (await (await stage.connect('orchestrator')).createChannel()).get(queue)).toMatchObject({
    content: json('copied'),
  });
});

test('a return shows what was published, before its confirm', async () => {
  const sender = await stage.sender();
  const seen: string[] = [];
  const returned: Message[] = [];
  sender.on('return', (message) => {
    seen.push('return');
    returned.push(message);
  });
  sender.publish(stage.exchange, 'routed', json('taken'), { mandatory: true }, () => seen.push('confirm 1'));
  await sender.waitForConfirms();
  await stage.bare.unbindQueue(stage.queue, stage.exchange, '#');
  const content = json('comes back');
  sender.publish(
    stage.exchange,
    'nowhere',
    content,
    { mandatory: true, contentType: 'text/plain', headers: { a: 1 } },
    () => seen.push('confirm 2'),
  );
  content.fill(0);
  await sender.waitForConfirms();

  expect(seen).toEqual(['confirm 1', 'return', 'confirm 2']);
  expect(returned).toEqual([
    {
      content: json('comes back'),
      fields: expect.objectContaining({ replyCode: 312, exchange: stage.exchange, routingKey: 'nowhere' }),
      properties: expect.objectContaining({ contentType: 'text/plain', headers: { a: 1 } }),
    },
  ]);
});

test('a replyTo for direct reply-to is rewritten by the broker, and the answer arrives', async () => {
  const direct = 'amq.rabbitmq.reply-to';
  const both = await openStage({
    channels: {
      replies: {
        queues: [direct],
        publish: [{ exchange: '', routingKey: `${direct}.#` }],
        from: ['researcher'],
        to: ['team'],
      },
    },
  });
  try {
    const asking = await both.sender();
    const answering = await both.receiver();
    const inbox = new Inbox();
    await asking.consume(direct, inbox.take, { noAck: true });
    asking.sendToQueue(both.queue, json('question'), { replyTo: direct, correlationId: '1' });
    await asking.waitForConfirms();
    const question = await answering.get(both.queue);
    if (question === false) throw new Error('nothing came');
    const { replyTo, correlationId } = question.properties;
    expect(replyTo).toMatch(/^amq\.rabbitmq\.reply-to\..+/);
    answering.sendToQueue(replyTo as string, json('answer'), { correlationId: correlationId as string });

    const [answer] = await inbox.first(1);
    expect(answer).toMatchObject({ content: json('answer'), properties: { correlationId: '1' } });
  } finally {
    await both.close();
  }
});

test('after a channel error, publish throws as amqplib does, and confirms that were open fail', async () => {
  const sender = await stage.sender();
  const failed = nextEvent<Error>(sender, 'error');
  const lost = confirmed(sender, stage.queue, 'lost?', { userId: 'somebody-else' });

  expect(await failed).toMatchObject({ code: 406 });
  await expect(lost).rejects.toThrow('channel closed');
  expect(() => sender.sendToQueue(stage.queue, json('x'))).toThrow('Channel closed');
});
