// A policy that changes under consumers and publishers of RabbitMQ.
import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { secureConnect } from '@sealwire/amqp';
import { fixture, openAs } from '../fixture.ts';
import { eventually, Inbox, openStage } from './stage.ts';

test('a message type is taken away and given back under a consumer; a queue that is mapped no more waits, and is read on', async () => {
  const stage = await openStage({ types: ['agent.message', 'extra'] });
  const base = readFileSync(stage.policy, 'utf8');
  const connect = async (agent: string) => {
    const sealwire = await openAs(agent, stage.policy, { watch: false });
    const model = await secureConnect(sealwire, fixture().rabbitmqUrl, {
      describe: ({ options }) => ({ type: options?.type ?? 'agent.message' }),
    });
    return { sealwire, model };
  };
  const [sender, receiver] = [await connect('orchestrator'), await connect('researcher')];
  try {
    const out = await sender.model.createConfirmChannel();
    const back = await receiver.model.createChannel();
    const inbox = new Inbox();
    await back.consume(stage.queue, (message) => {
      inbox.take(message);
      if (message !== null) back.ack(message);
    });
    const publish = async (text: string, type: string): Promise<void> => {
      out.sendToQueue(stage.queue, Buffer.from(JSON.stringify({ text })), { type });
      await out.waitForConfirms();
    };
    const texts = (): string[] =>
      inbox.messages.flatMap((message) =>
        message === null ? [] : [(JSON.parse(message.content.toString()) as { text: string }).text],
      );
    const arrives = (text: string) => eventually(() => Promise.resolve(texts().includes(text)));
    await publish('a', 'extra');
    await arrives('a');

    const without = base.replace(/^ *- \{ type: extra.*\n/m, '');
    writeFileSync(stage.policy, without);
    expect(await receiver.sealwire.reload()).toBe(true);
    await publish('denied', 'extra');
    const refused = await stage.raw(stage.quarantine);
    expect(String(refused.properties.headers!['sealwire-code'])).toBe('ERR_POLICY_TYPE');
    await publish('b', 'agent.message');
    await arrives('b');
    await sender.sealwire.reload();
    await expect(publish('never', 'extra')).rejects.toMatchObject({ code: 'ERR_POLICY_TYPE' });

    writeFileSync(stage.policy, base);
    for (const { sealwire } of [sender, receiver]) await sealwire.reload();
    await publish('c', 'extra');
    await arrives('c');

    writeFileSync(stage.policy, base.replaceAll(`"${stage.queue}"`, '"elsewhere"'));
    expect(await receiver.sealwire.reload()).toBe(true);
    await publish('waits', 'agent.message');
    await publish('waits too', 'agent.message');
    writeFileSync(stage.policy, base);
    await receiver.sealwire.reload();
    await arrives('waits');
    await arrives('waits too');
    expect(texts()).toEqual(['a', 'b', 'c', 'waits', 'waits too']);
  } finally {
    for (const { model, sealwire } of [sender, receiver]) {
      await model.close();
      await sealwire.close();
    }
    await stage.close();
  }
});
