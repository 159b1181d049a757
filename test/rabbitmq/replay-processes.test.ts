// Consumers in processes of their own, which die or compete, against a real broker and a real Redis.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { GetMessage } from 'amqplib';
import type { RedisServer } from '@sealwire/testing';
import { fixture } from '../fixture.ts';
import { redisDescribe, redisOfItsOwn, replayOver } from '../redis/stage.ts';
import type { ConsumerStart } from './consumer-process.ts';
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
const children: Child[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
  await stage.close();
});
const open = async (options: StageOptions = {}) => (stage = await openStage(options));

interface Said {
  readonly text?: string;
  readonly redelivered?: boolean;
  readonly consuming?: boolean;
  readonly failed?: string;
}

interface Child {
  readonly said: Said[];
  until(done: (said: readonly Said[]) => boolean): Promise<void>;
  readonly ended: Promise<unknown>;
  kill(): Promise<void>;
}

function consumer(options: Partial<ConsumerStart> = {}, env: Record<string, string> = {}): Child {
  const start: ConsumerStart = {
    agent: 'researcher',
    policy: stage.policy,
    url: fixture().rabbitmqUrl,
    queue: stage.queue,
    acknowledges: true,
    prefetch: 100,
    ...options,
  };
  const program = new URL('consumer-process.ts', import.meta.url).pathname;
  const flags = ['--conditions=sealwire-faults', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  child.stdin.end(JSON.stringify(start));
  const said: Said[] = [];
  let changed = (): void => undefined;
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    said.push(...lines.map((line) => JSON.parse(line) as Said));
    changed();
  });
  const ended = once(child, 'exit');
  const made: Child = {
    said,
    ended,
    async until(done) {
      while (!done(said)) await new Promise<void>((resolve) => (changed = resolve));
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  children.push(made);
  return made;
}

const texts = (child: Child): string[] => child.said.flatMap(({ text }) => text ?? []);
const got = (count: number) => (said: readonly Said[]) =>
  said.filter(({ text }) => text !== undefined).length >= count;
const consuming = (said: readonly Said[]) =>
  said.some((one) => one.consuming === true || one.failed !== undefined);

function republish(wire: GetMessage): void {
  stage.bare.sendToQueue(stage.queue, wire.content, { ...wire.properties, persistent: true });
}

const queues = ['classic', 'quorum'].map((type) => ({
  type,
  queue: { durable: true, arguments: { 'x-queue-type': type } },
}));

test.each(queues)(
  'a consumer of a $type queue that is killed before it acknowledged: the message is handled again, by the next process, at once',
  async ({ queue }) => {
    await open({ queue });
    await confirmed(await stage.sender(), stage.queue, 'again');
    const first = consumer({ acknowledges: false });
    await first.until(got(1));
    await first.kill();
    const second = consumer();
    await second.until(got(1));

    expect(second.said).toContainEqual({ text: 'again', redelivered: true });
    await eventually(async () => (await stage.depth(stage.queue)) === 0);
    expect(await stage.depth(stage.quarantine)).toBe(0);
  },
);

test.each(queues)(
  'a consumer of a $type queue that dies between done and acknowledgement: the message comes again, and is skipped',
  async ({ queue }) => {
    await open({ queue });
    await confirmed(await stage.sender(), stage.queue, 'once');
    const first = consumer({}, { SEALWIRE_CRASH_AT: 'rabbitmq.done' });
    await first.ended;
    expect(texts(first)).toEqual(['once']);
    await confirmed(await stage.sender(), stage.queue, 'next');
    const second = consumer();
    await second.until(got(1));
    await eventually(async () => {
      await stage.bare.recover();
      return (await stage.depth(stage.queue)) === 0;
    });

    expect(texts(second)).toEqual(['next']);
    expect(await stage.depth(stage.quarantine)).toBe(0);
    const duplicate = await eventually(async () => {
      const line = await stage.bare.get(stage.audit, { noAck: true });
      if (line === false) return false;
      const event = line.content.toString();
      return event.includes('ERR_POLICY_DUPLICATE') ? event : false;
    });
    expect(duplicate).toContain('skipped');
  },
);

test('without Redis a second process is refused, and consumes nothing', async () => {
  await open();
  const first = consumer({ acknowledges: false });
  await first.until(consuming);
  const second = consumer();
  await second.until(consuming);
  expect(second.said).toEqual([{ failed: 'ERR_USAGE_REPLAY' }]);

  for (let i = 0; i < 20; i++) await confirmed(await stage.sender(), stage.queue, `${i}`);
  await first.until(got(20));
  expect(texts(second)).toEqual([]);
});

redisDescribe('with Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await redisOfItsOwn();
  });
  afterAll(() => redis.stop());

  test('two processes share a queue: every message is handled once by one of them, and no copy is', async () => {
    await open({ competing: 'true', replay: replayOver(redis) });
    const count = 200;
    const sender = await stage.sender();
    for (let i = 0; i < count; i++) sender.sendToQueue(stage.queue, json(`${i}`));
    await sender.waitForConfirms();
    const wires: GetMessage[] = [];
    while (wires.length < count) wires.push(await stage.raw(stage.queue));
    // Originals and copies, mixed, so that one process has the one and another the other at the same time.
    for (const wire of wires) for (let copy = 0; copy < 3; copy++) republish(wire);
    const both = [consumer({ prefetch: 20 }), consumer({ prefetch: 20 })];
    await eventually(async () => (await stage.depth(stage.quarantine)) === 2 * count);

    const handled = both.flatMap(texts);
    expect(handled).toHaveLength(count);
    expect(new Set(handled).size).toBe(count);
    expect(Math.min(...both.map((child) => texts(child).length))).toBeGreaterThan(0);
  });

  test('what another process is handling is waited for; when that dies its lease ends, and the message is handled', async () => {
    await open({ competing: 'true', replay: replayOver(redis, '2s') });
    await confirmed(await stage.sender(), stage.queue, 'slow');
    const wire = await stage.raw(stage.queue);
    republish(wire);
    const first = consumer({ acknowledges: false, prefetch: 1 });
    await first.until(got(1));
    republish(wire);
    const second = consumer();
    await second.until(consuming);
    // Longer than the lease: it is renewed while its owner lives.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(texts(second)).toEqual([]);
    expect(await stage.depth(stage.queue)).toBe(0);
    await first.kill();
    await second.until(got(1));

    // Copy and original are the same to it: one is handled, the other is not.
    expect(texts(second)).toEqual(['slow']);
    await eventually(async () => {
      await stage.bare.recover();
      return (await stage.depth(stage.queue)) === 0;
    });
    expect(texts(second)).toEqual(['slow']);
  });

  test('two agents of one group that consume one queue share a memory where the policy says so', async () => {
    await open({ competing: 'team', replay: replayOver(redis) });
    await confirmed(await stage.sender(), stage.queue, 'ours');
    const wire = await stage.raw(stage.queue);
    republish(wire);
    const one = await stage.receiver();
    const inbox = new Inbox();
    await one.consume(stage.queue, (message) => {
      inbox.take(message);
      one.ack(message!);
    });
    expect(await inbox.texts(1)).toEqual(['ours']);
    // It ends in order, which marks it as done: killed sooner, it would be handled again, and rightly.
    await one.close();
    await stage.endAgents();
    republish(wire);
    const other = consumer({ agent: 'orchestrator' });
    expect((await stage.raw(stage.quarantine)).properties.headers).toMatchObject({
      'sealwire-code': 'ERR_POLICY_REPLAY',
    });
    expect(texts(other)).toEqual([]);
  });

  test('while Redis is away deliveries are held, and handled when it is back', async () => {
    await open({ competing: 'true', replay: replayOver(redis) });
    const receiver = await stage.receiver();
    const seen: string[] = [];
    await receiver.consume(stage.queue, (message) => {
      seen.push(message!.content.toString());
      receiver.ack(message!);
    });
    await confirmed(await stage.sender(), stage.queue, 'before');
    await eventually(() => Promise.resolve(seen.length === 1));
    // Its acknowledgement is under way; only what comes now is to meet a Redis that is away.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await redis.stopServer({ kill: true });
    const held = nextEvent<Error>(receiver, 'held');
    const resumed = nextEvent(receiver, 'resumed');
    await confirmed(await stage.sender(), stage.queue, 'during');
    expect(await held).toMatchObject({ code: 'ERR_UNABLE_REPLAY' });
    expect(seen).toEqual(['"before"']);
    await redis.startServer();

    await resumed;
    await eventually(() => Promise.resolve(seen.length === 2));
    expect(seen).toEqual(['"before"', '"during"']);
    // Its acknowledgement waits for its mark in the store. Then nothing is left to come again.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await stage.endAgents();
    expect(await stage.depth(stage.queue)).toBe(0);
  });
});
