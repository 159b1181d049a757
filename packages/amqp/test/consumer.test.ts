import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { InabilityError, origin, type ClaimGuard } from '@sealwire/core';
import type { ConsumeMessage, Options } from 'amqplib';
import { ChannelCore } from '../src/channel-core.js';
import type { Consumer } from '../src/consumer.js';
import { delivered, FakeChannel, fakeLink, FakeSides, honest, turns } from './fakes.ts';

let inner: FakeChannel;
let sides: FakeSides;
let outside: EventEmitter;
let link: ReturnType<typeof fakeLink>;
let core: ChannelCore;
let consumer: Consumer;
let seen: (string | null)[];
let messages: (ConsumeMessage | null)[];

function start(options: Parameters<typeof fakeLink>[1] = {}, consume: Options.Consume = {}): void {
  inner = new FakeChannel();
  sides = new FakeSides();
  outside = new EventEmitter();
  link = fakeLink(sides, options);
  seen = [];
  messages = [];
  const calls = {
    consume: (queue: string, _: unknown, given: Options.Consume) => {
      inner.calls.push(`consume ${queue} as ${given.consumerTag ?? ''}`);
      return Promise.resolve();
    },
    cancel: (tag: string) => {
      inner.calls.push(`cancel ${tag}`);
      return Promise.resolve();
    },
    get: () => Promise.resolve(false as const),
  };
  core = new ChannelCore(link, inner, calls, outside, false);
  consumer = core.consumer(
    'orders',
    (message) => {
      messages.push(message);
      seen.push(message === null ? null : message.content.toString());
    },
    consume,
  );
  core.register('c', consumer);
}
beforeEach(() => start());

const unable = () => Promise.reject(new InabilityError('ERR_UNABLE_DIRECTORY', 'away'));
const event = (name: string) =>
  new Promise<unknown[]>((resolve) => void outside.once(name, (...args: unknown[]) => resolve(args)));

test('what arrives in one turn is opened as one batch and handed over in order', async () => {
  for (let tag = 1; tag <= 5; tag++) consumer.receive(honest(tag));
  await turns();

  expect(sides.openedBatches).toEqual([5]);
  expect(seen).toEqual(['1', '2', '3', '4', '5']);
});

test('what one read of the socket brings is one batch, although each TLS record comes in a tick of its own', async () => {
  consumer.receive(honest(1));
  await new Promise<void>((resolve) => process.nextTick(resolve));
  await Promise.resolve();
  consumer.receive(honest(2));
  await turns();

  expect(sides.openedBatches).toEqual([2]);
});

test('each callback runs in the asynchronous context that its delivery came in', async () => {
  const storage = new AsyncLocalStorage<string>();
  const contexts: (string | undefined)[] = [];
  const own = core.consumer('orders', () => contexts.push(storage.getStore()), {});
  core.register('own', own);
  storage.run('first', () => own.receive(honest(1)));
  storage.run('second', () => own.receive(honest(2)));
  await turns();

  expect(contexts).toEqual(['first', 'second']);
});

test('the notice of a cancelled consumer comes after what arrived before it', async () => {
  let open = (): void => undefined;
  sides.beforeOpen = () => new Promise((resolve) => (open = resolve));
  consumer.receive(honest(1));
  consumer.receive(null);
  await turns();
  expect(seen).toEqual([]);

  open();
  await turns();
  expect(seen).toEqual(['1', null]);
});

test('the application gets a fresh message, and amqplib’s own object is what is acknowledged', async () => {
  const raw = honest(1);
  const acknowledged: unknown[] = [];
  inner.ack = (message) => void acknowledged.push(message);
  consumer.receive(raw);
  await turns();
  const [message] = messages;
  expect(message).not.toBe(raw);
  expect(origin(message!)?.sender).toBe('alice');
  expect(origin(raw)).toBeNull();

  core.answers.ack(message!);
  await turns();
  expect(acknowledged).toEqual([raw]);
  expect(acknowledged[0]).toBe(raw);
});

test('a rejected message is quarantined and then acknowledged; others flow', async () => {
  const junk = delivered(1, Buffer.from('junk'));
  consumer.receive(junk);
  consumer.receive(honest(2));
  await turns();

  expect(seen).toEqual(['2']);
  expect(link.quarantined).toEqual([junk]);
  expect(inner.calls).toEqual(['ack 1']);
  expect(sides.concluded).toEqual([
    { outcomes: [expect.objectContaining({ code: 'ERR_FORMAT_NOT_SEALED' })], rejected: 'quarantined' },
  ]);
});

test('an authentic message with malformed properties is rejected, not thrown', async () => {
  const bad = honest(1);
  const fields = [['amqp.properties', [Buffer.from('{').toString('base64')]]];
  bad.content = Buffer.from(`sealed:${JSON.stringify({ payload: '', fields })}`);
  consumer.receive(bad);
  await turns();

  expect(seen).toEqual([]);
  expect(link.quarantined).toEqual([bad]);
  expect(sides.concluded[0]!.outcomes).toEqual([expect.objectContaining({ code: 'ERR_FORMAT_BODY' })]);
});

test('with noAck messages are concluded when they are handed over, and nothing is acknowledged', async () => {
  start({}, { noAck: true });
  consumer.receive(honest(1));
  consumer.receive(delivered(2, Buffer.from('junk')));
  await turns();

  expect(seen).toEqual(['1']);
  expect(link.quarantined).toHaveLength(1);
  expect(sides.concluded.flatMap(({ outcomes }) => outcomes)).toHaveLength(2);
  expect(inner.calls).toEqual([]);
});

test('while nothing can be judged deliveries are held, then handed over in order', async () => {
  let failures = 3;
  sides.beforeOpen = () => (failures-- > 0 ? unable() : Promise.resolve());
  const held = event('held');
  const resumed = event('resumed');
  consumer.receive(honest(1));
  expect(await held).toEqual([expect.objectContaining({ code: 'ERR_UNABLE_DIRECTORY' }), 'orders']);
  consumer.receive(honest(2));
  await resumed;
  while (seen.length < 2) await turns(1);

  expect(seen).toEqual(['1', '2']);
  expect(inner.calls).toEqual([]);
});

test('what is held is told once for each reason: the first may only be how the second shows', async () => {
  const reasons = ['away', 'away', 'lost', 'away', 'lost'];
  sides.beforeOpen = () => {
    const reason = reasons.shift();
    return reason === undefined
      ? Promise.resolve()
      : Promise.reject(new InabilityError('ERR_UNABLE_REPLAY', reason));
  };
  const told: string[] = [];
  outside.on('held', (error: Error) => told.push(error.message));
  const resumed = event('resumed');
  consumer.receive(honest(1));
  await resumed;

  expect(told).toEqual(['away', 'lost']);
});

test('held too long, all is returned once, and consuming goes on when it is cured', async () => {
  start({ returnAfterMs: 0 });
  let away = true;
  sides.beforeOpen = () => (away ? unable() : Promise.resolve());
  outside.on('held', () => undefined);
  const resumed = event('resumed');
  consumer.receive(honest(1));
  consumer.receive(honest(2));
  while (inner.calls.length < 3) await turns(1);
  expect(inner.calls).toEqual(['cancel c', 'nack 1 requeue', 'nack 2 requeue']);

  away = false;
  await resumed;
  expect(inner.calls.slice(3)).toEqual(['consume orders as c']);
  consumer.receive(honest(3));
  while (seen.length < 1) await turns(1);
  expect(seen).toEqual(['3']);
});

test('a consumer that waits to be cured can be cancelled without asking the broker', async () => {
  start({ returnAfterMs: 0 });
  sides.beforeOpen = unable;
  outside.on('held', () => undefined);
  consumer.receive(honest(1));
  while (inner.calls.length < 2) await turns(1);

  expect(core.unregister('c')).toBe(true);
  await turns(20);
  expect(inner.calls).toEqual(['cancel c', 'nack 1 requeue']);
});

test('while the quarantine cannot be written the rejected message is not acknowledged', async () => {
  let failures = 2;
  start({
    quarantine: () =>
      failures-- > 0 ? Promise.reject(new InabilityError('ERR_UNABLE_QUARANTINE', 'no')) : Promise.resolve(),
  });
  const held = event('held');
  consumer.receive(delivered(1, Buffer.from('junk')));
  await held;
  expect(inner.calls).toEqual([]);

  while (inner.calls.length === 0) await turns(1);
  expect(inner.calls).toEqual(['ack 1']);
});

test('halt cancels the consumer, tells it with null, and acknowledges nothing', async () => {
  start({ onReject: 'halt' });
  const told = event('handler-error');
  consumer.receive(delivered(1, Buffer.from('junk')));
  consumer.receive(honest(2));
  await told;
  await turns();

  expect(seen).toEqual(['2', null]);
  expect(inner.calls).toEqual(['cancel c']);
  expect(sides.concluded).toEqual([{ outcomes: [expect.anything()], rejected: 'halted' }]);
});

test('a throwing callback closes the channel with 541, and nothing more is handed over', async () => {
  const throwing = core.consumer(
    'orders',
    () => {
      seen.push('called');
      throw new Error('mine');
    },
    {},
  );
  throwing.receive(honest(1));
  throwing.receive(honest(2));
  await turns();

  expect(seen).toEqual(['called']);
  expect(inner.calls).toEqual(['close 541 mine']);
});

test('deliveries that recover gave back are not handed over', async () => {
  let open = (): void => undefined;
  sides.beforeOpen = () => new Promise((resolve) => (open = resolve));
  consumer.receive(honest(1));
  await turns();
  await core.recover();
  open();
  await turns();

  expect([seen, inner.calls]).toEqual([[], ['nack 1 requeue']]);
});

test('recover gives back what the application got until it is done, and nothing that comes later', async () => {
  let released = (): void => undefined;
  const release = new Promise<void>((resolve) => (released = resolve));
  const claims: ClaimGuard = {
    ready: () => Promise.resolve(),
    claim: async (given) => given.map(() => ({ state: 'granted', held: { claims: null } }) as const),
    done: async (held) => held.map(() => true),
    release: () => release,
  };
  link = Object.assign(fakeLink(sides), { claims });
  const calls = { consume: undefined!, cancel: undefined!, get: undefined! };
  core = new ChannelCore(link, inner, calls, outside, false);
  consumer = core.consumer('orders', (message) => messages.push(message), {});
  consumer.receive(honest(1));
  await turns();
  const recovering = core.recover();
  await turns();
  consumer.receive(honest(2));
  await turns();
  released();
  await recovering;
  consumer.receive(honest(3));
  await turns();
  core.answers.ack(messages.at(-1)!);
  await turns();

  expect(messages.map((message) => message!.content.toString())).toEqual(['1', '2', '3']);
  expect(inner.calls).toEqual(['nack 1 requeue', 'nack 2 requeue', 'ack 3']);
});

test('closing waits for a rejection that is under way, and hands nothing over any more', async () => {
  let written = (): void => undefined;
  start({ quarantine: () => new Promise<void>((resolve) => (written = resolve)) });
  consumer.receive(delivered(1, Buffer.from('junk')));
  await turns();
  const closing = core.beforeClose();
  consumer.receive(honest(2));
  written();
  await closing;

  expect(inner.calls).toEqual(['ack 1']);
  expect(seen).toEqual([]);
});

test('a queue that the policy does not map is refused', () => {
  expect(() => core.consumer('unmapped', () => undefined, {})).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_CHANNEL' }),
  );
});

describe('plaintext that the policy admits', () => {
  const plain = (tag: number): ConsumeMessage =>
    delivered(tag, Buffer.from(`plain ${tag}`), {
      contentType: 'text/plain',
      userId: 'bob',
      headers: { a: 1, deep: { b: 'c' } },
    });
  const contents = (): string[] => messages.map((message) => message!.content.toString());

  test('is handed over as a bare amqplib has it, in objects of its own, and is acknowledged after its audit', async () => {
    const raw = plain(1);
    consumer.receive(raw);
    await turns();
    const [message] = messages;
    expect(message).toEqual(raw);
    expect(message).not.toBe(raw);
    expect(message!.properties.headers).not.toBe(raw.properties.headers);
    expect(origin(message!)).toMatchObject({
      verified: false,
      sender: null,
      claimed: { sender: 'bob', by: 'user_id' },
    });
    core.answers.ack(message!);
    await turns();
    expect(sides.concluded).toMatchObject([{ outcomes: [{ plain: true }] }]);
    expect(inner.calls).toContain('ack 1');
  });

  test('has nothing to claim, and keeps its place among messages that have', async () => {
    const asked: number[] = [];
    const claims: ClaimGuard = {
      ready: () => Promise.resolve(),
      claim: async (given) => {
        asked.push(given.length);
        return given.map(() => ({ state: 'granted', held: { claims: null } }) as const);
      },
      done: async (held) => held.map(() => true),
      release: () => Promise.resolve(),
    };
    Object.assign(link, { claims });
    for (const raw of [plain(1), honest(2), plain(3), honest(4), plain(5)]) consumer.receive(raw);
    await turns();
    expect(contents()).toEqual(['plain 1', '2', 'plain 3', '4', 'plain 5']);
    expect(asked).toEqual([2]);
    consumer.receive(plain(6));
    await turns();
    expect(asked).toEqual([2]);
    expect(contents()).toContain('plain 6');
  });
});
