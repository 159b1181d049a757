// `sealwire quarantine redrive` over a real broker, from rejection to delivery.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import { origin } from '@sealwire/core';
import { command, jsonLines } from '../command.ts';
import { fixture, openAs } from '../fixture.ts';
import { redrivePolicy, type RedrivePolicy } from '../redrive-policy.ts';
import { confirmed, eventually, Inbox, openStage, type Stage } from './stage.ts';

let stage: Stage;
let policy: RedrivePolicy;
beforeEach(async () => {
  stage = await openStage({ clearHeaders: ['x-tenant'], watch: false });
  policy = redrivePolicy(stage.policy);
});
afterEach(async () => {
  await stage.bare.deleteQueue(`${stage.quarantine}.redriven`);
  await stage.close();
});

interface Result {
  readonly id: string;
  readonly redriven: boolean;
  readonly reason: string | null;
}

async function redrive(...words: string[]): Promise<{ exitCode: number; results: Result[]; err: string }> {
  const { exitCode, out, err } = await command(
    ...['quarantine', 'redrive', '--json', ...words, '--rabbitmq', fixture().rabbitmqUrl],
    ...['--policy', stage.policy, ...(words.includes('--agent') ? [] : ['--agent', 'intern'])],
  );
  return { exitCode, results: jsonLines<Result>(out).slice(0, -1), err };
}

/** The researcher takes nothing of the orchestrator’s for as long as it takes to quarantine so many. */
async function reject(count: number): Promise<void> {
  policy.refuse();
  // Its own, and closed: one process at a time remembers for an agent.
  const sealwire = await openAs('researcher', stage.policy);
  const model = await secureConnect(sealwire, fixture().rabbitmqUrl);
  const channel = await model.createChannel();
  await channel.consume(stage.queue, () => undefined);
  await eventually(async () => (await stage.depth(stage.quarantine)) === count);
  // Quarantined is not acknowledged yet: what closes sooner may get it once more.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await model.close();
  await sealwire.close();
  policy.cure();
}

test('what was rejected and is cured is delivered as its sender sealed it, once', async () => {
  const sender = await stage.sender();
  const options = { headers: { 'x-tenant': 'acme', inside: 1 }, correlationId: 'c-1' };
  await confirmed(sender, stage.queue, 'a', options);
  await reject(1);
  expect(await redrive('--all')).toMatchObject({ exitCode: 0, err: '', results: [{ redriven: true }] });
  expect(await stage.depth(stage.quarantine)).toBe(1);
  const inbox = new Inbox();
  const receiver = await stage.receiver();
  await receiver.consume(stage.queue, inbox.take);
  expect(await inbox.texts(1)).toEqual(['a']);
  const [message] = await inbox.first(1);
  expect(message!.properties).toMatchObject({
    headers: { 'x-tenant': 'acme', inside: 1 },
    correlationId: 'c-1',
  });
  expect(origin(message!)).toMatchObject({ sender: 'orchestrator', redrivenBy: 'intern' });
  receiver.ackAll();
  const second = await redrive('--all');
  expect(second.results[0]!.reason).toContain('intern re-drove it at');
});

test('an insider who copies carriers and re-driven messages gets none of them taken again', async () => {
  await confirmed(await stage.sender(), stage.queue, 'a', { headers: { 'x-tenant': 'acme' } });
  const original = await stage.raw(stage.queue);
  stage.bare.sendToQueue(stage.queue, original.content, original.properties);
  await reject(1);
  expect((await redrive('--all')).results).toMatchObject([{ redriven: true }]);
  const carrier = await stage.raw(stage.queue);
  const put = (queue: string, { content, properties }: typeof carrier) =>
    stage.bare.sendToQueue(queue, content, properties);
  put(stage.queue, carrier);
  const inbox = new Inbox();
  const receiver = await stage.receiver();
  await receiver.consume(stage.queue, inbox.take);
  await receiver.consume(stage.deadLetters, inbox.take);
  expect(await inbox.texts(1)).toEqual(['a']);
  receiver.ackAll();
  put(stage.queue, carrier);
  put(stage.queue, original);
  put(stage.deadLetters, carrier);
  await confirmed(await stage.sender(), stage.queue, 'b', { headers: { 'x-tenant': 'acme' } });
  expect(await inbox.texts(2)).toEqual(['a', 'b']);
  await eventually(async () => (await stage.depth(stage.quarantine)) >= 3);
  const codes: string[] = [];
  for (let i = 0; i < 4; i++)
    codes.push(String((await stage.raw(stage.quarantine)).properties.headers!['sealwire-code']));
  expect(codes.sort()).toEqual([
    'ERR_POLICY_REDRIVE',
    'ERR_POLICY_REPLAY',
    'ERR_POLICY_REPLAY',
    'ERR_POLICY_SENDER',
  ]);
  expect(inbox.messages).toHaveLength(2);
});

test('ids choose, and what is junk or somebody else’s is not re-driven', async () => {
  const sender = await stage.sender();
  await confirmed(sender, stage.queue, 'a', { headers: { 'x-tenant': 'acme' } });
  await confirmed(sender, stage.queue, 'b', { headers: { 'x-tenant': 'acme' } });
  stage.bare.sendToQueue(stage.queue, Buffer.from('junk'));
  await reject(3);
  const { out } = await command(
    ...['quarantine', 'list', '--json', '--rabbitmq', fixture().rabbitmqUrl, '--code', 'ERR_POLICY_'],
    ...['--policy', stage.policy, '--agent', 'intern'],
  );
  const [first] = jsonLines<{ id: string }>(out);
  expect((await redrive(first!.id)).results).toEqual([
    expect.objectContaining({ id: first!.id, redriven: true }),
  ]);
  const rest = (await redrive('--all', '--dry-run')).results.map(({ reason }) => reason!);
  expect(rest.filter((reason) => reason.includes('it would be re-driven'))).toHaveLength(1);
  expect(rest.filter((reason) => reason.includes('nothing can cure'))).toHaveLength(1);
  expect((await redrive('--all', '--agent', 'orchestrator')).exitCode).toBe(1);
});

test('a carrier for a queue that is gone is said so, and can be sent when it is back', async () => {
  await confirmed(await stage.sender(), stage.queue, 'a', { headers: { 'x-tenant': 'acme' } });
  await reject(1);
  await stage.bare.deleteQueue(stage.queue);
  const failed = await redrive('--all');
  expect([failed.exitCode, failed.results[0]!.reason]).toEqual([
    1,
    expect.stringContaining('did not take the message'),
  ]);
  await stage.bare.assertQueue(stage.queue, { durable: true });
  expect((await redrive('--all')).results).toMatchObject([{ redriven: true }]);
});
