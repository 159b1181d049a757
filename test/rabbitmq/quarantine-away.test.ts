// A quarantine that cannot be written, and what lies in one that can.
import { afterEach, expect, test } from '@jest/globals';
import { confirmed, eventually, Inbox, json, openStage, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

test('while the quarantine queue takes nothing, nothing is acknowledged, and it goes on by itself', async () => {
  stage = await openStage();
  // Full, and refusing more: the broker answers with nacks.
  await stage.bare.deleteQueue(stage.quarantine);
  await stage.bare.assertQueue(stage.quarantine, {
    durable: true,
    arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
  });
  stage.bare.sendToQueue(stage.quarantine, Buffer.from('full'));
  await eventually(async () => (await stage.depth(stage.quarantine)) === 1);
  const sender = await stage.sender();
  await confirmed(sender, stage.queue, 'a');
  stage.bare.sendToQueue(stage.queue, Buffer.from('junk'));
  await confirmed(sender, stage.queue, 'b');
  const inbox = new Inbox();
  const channel = await stage.receiver();
  await channel.consume(stage.queue, inbox.take);
  const [a] = await inbox.first(1);
  channel.ack(a!);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const waiting = await stage.bare.checkQueue(stage.quarantine);
  expect(waiting.messageCount).toBe(1);
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('full');
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('junk');
  expect(await inbox.texts(2)).toEqual(['a', 'b']);
  channel.ackAll();
  await channel.close();
  expect(await stage.depth(stage.queue)).toBe(0);
});

test('a quarantine queue that was deleted is made again, and nothing is lost', async () => {
  stage = await openStage();
  const channel = await stage.receiver();
  const inbox = new Inbox();
  await channel.consume(stage.queue, inbox.take);
  stage.bare.sendToQueue(stage.queue, Buffer.from('junk 1'));
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('junk 1');
  await stage.bare.deleteQueue(stage.quarantine);
  stage.bare.sendToQueue(stage.queue, Buffer.from('junk 2'));
  await confirmed(await stage.sender(), stage.queue, 'a');
  expect(await inbox.texts(1)).toEqual(['a']);
  channel.ackAll();
  await channel.close();
  expect(await stage.depth(stage.queue)).toBe(0);
  // An ordinary channel would be closed by asking for a queue that is not there.
  await eventually(async () => {
    const probe = await stage.connect('orchestrator').then((model) => model.createChannel());
    return probe.checkQueue(stage.quarantine).then(
      () => true,
      () => false,
    );
  });
  expect((await stage.raw(stage.quarantine)).content.toString()).toBe('junk 2');
});

test('there is no plaintext in quarantine, whatever its messages were refused for', async () => {
  stage = await openStage({ clearHeaders: ['x-tenant'] });
  const canary = 'canary-6f1e';
  const headers = { 'x-tenant': 'acme', inside: canary };
  await confirmed(await stage.sender(), stage.queue, canary, { headers, correlationId: canary });
  const { content, properties } = await stage.raw(stage.queue);
  const bent = (at: number): Buffer => {
    const changed = Buffer.from(content);
    changed[at < 0 ? changed.length + at : at]! ^= 1;
    return changed;
  };
  const forged: [Buffer, object][] = [
    [bent(-5), properties],
    [bent(3), properties],
    [bent(14), properties],
    [content.subarray(0, -40), properties],
    [content, { ...properties, headers: { 'x-tenant': 'other' } }],
    [json('junk'), {}],
  ];
  for (const [bytes, options] of forged) stage.bare.sendToQueue(stage.queue, bytes, options);
  const channel = await stage.receiver();
  await channel.consume(stage.queue, () => undefined);
  const codes = new Set<string>();
  for (let i = 0; i < forged.length; i++) {
    const kept = await stage.raw(stage.quarantine);
    codes.add(String(kept.properties.headers!['sealwire-code']));
    const beside = JSON.stringify(kept.properties, (_, each: unknown) =>
      Buffer.isBuffer(each) ? each.toString('latin1') : each,
    );
    for (const form of [
      canary,
      Buffer.from(canary).toString('hex'),
      Buffer.from(canary).toString('base64').slice(0, -4),
    ]) {
      expect(kept.content.includes(form)).toBe(false);
      expect(beside).not.toContain(form);
    }
  }
  expect(codes.size).toBeGreaterThanOrEqual(4);
});
