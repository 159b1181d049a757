// Streams, which keep what was read: reading again, from an earlier offset, hands over what was not handled, and nothing else.
import { afterEach, expect, test } from '@jest/globals';
import type { Channel, Options } from 'amqplib';
import { confirmed, eventually, Inbox, openStage, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

const first: Options.Consume = { arguments: { 'x-stream-offset': 'first' } };

async function open(texts: readonly string[]): Promise<void> {
  stage = await openStage({ queue: { durable: true, arguments: { 'x-queue-type': 'stream' } } });
  const sender = await stage.sender();
  for (const text of texts) await confirmed(sender, stage.queue, text);
}

interface Reader {
  readonly channel: Channel;
  readonly inbox: Inbox;
}

/** @param acknowledges by their number */
async function read(
  options: Options.Consume,
  acknowledges: (number: number) => boolean = () => true,
  agent = 'researcher',
): Promise<Reader> {
  const channel = await (await stage.connect(agent)).createChannel();
  await channel.prefetch(20);
  const inbox = new Inbox();
  await channel.consume(
    stage.queue,
    (message) => {
      inbox.take(message);
      if (acknowledges(inbox.messages.length - 1)) channel.ack(message!);
    },
    options,
  );
  return { channel, inbox };
}

/** What an insider with all rights on the broker does: appends the first message once more, as it is. */
async function appendCopy(): Promise<void> {
  await stage.bare.prefetch(1);
  const wire = await new Promise<NonNullable<Parameters<Parameters<Channel['consume']>[1]>[0]>>((resolve) => {
    void stage.bare.consume(stage.queue, (message) => resolve(message!), {
      ...first,
      consumerTag: 'insider',
    });
  });
  await stage.bare.cancel('insider');
  const { headers } = wire.properties;
  const { 'x-stream-offset': offset, ...own } = headers as Record<string, unknown>;
  expect(offset).toBe(0);
  stage.bare.sendToQueue(stage.queue, wire.content, { ...wire.properties, headers: own, persistent: true });
}

async function audited(code: string, outcome: string, count: number): Promise<void> {
  let found = 0;
  await eventually(async () => {
    const line = await stage.bare.get(stage.audit, { noAck: true });
    if (line === false) return false;
    const event = line.content.toString();
    if (event.includes(code) && event.includes(outcome)) found++;
    return found === count;
  });
}

test('read again from the first offset, what was handled is skipped and audited as such, what is new is handled', async () => {
  await open(['a', 'b', 'c']);
  const once = await read(first);
  expect(await once.inbox.texts(3)).toEqual(['a', 'b', 'c']);
  await once.channel.close();
  await confirmed(await stage.sender(), stage.queue, 'd');
  const again = await read(first);

  expect(await again.inbox.texts(1)).toEqual(['d']);
  await audited('ERR_POLICY_DUPLICATE', 'skipped', 3);
  expect(again.inbox.messages).toHaveLength(1);
  expect(await stage.depth(stage.quarantine)).toBe(0);
});

test('what was not acknowledged when its reader ended is handled again, and what lies around it is not', async () => {
  await open(['a', 'b', 'c']);
  const once = await read(first, (number) => number !== 1);
  await once.inbox.first(3);
  await once.channel.close();
  const again = await read(first);
  await confirmed(await stage.sender(), stage.queue, 'd');

  expect(await again.inbox.texts(2)).toEqual(['b', 'd']);
});

test('a copy that an insider appends is not handled: skipped by who reads the stream again, quarantined by who reads on', async () => {
  await open(['pay']);
  const readsOn = await read({});
  const again = await read(first);
  expect(await again.inbox.texts(1)).toEqual(['pay']);
  await appendCopy();

  expect((await stage.raw(stage.quarantine)).properties.headers).toMatchObject({
    'sealwire-code': 'ERR_POLICY_REPLAY',
  });
  await audited('ERR_POLICY_DUPLICATE', 'skipped', 1);
  expect(readsOn.inbox.messages).toHaveLength(0);
  expect(again.inbox.messages).toHaveLength(1);
});

test('another agent reads a stream anew: its memory is its own', async () => {
  await open(['a', 'b']);
  const one = await read(first);
  expect(await one.inbox.texts(2)).toEqual(['a', 'b']);
  const other = await read(first, () => true, 'orchestrator');
  expect(await other.inbox.texts(2)).toEqual(['a', 'b']);
});
