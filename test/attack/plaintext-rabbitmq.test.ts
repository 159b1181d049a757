// Plaintext and stripped envelopes in queues whose channels admit plaintext, did, or never do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import { origin } from '@sealwire/core';
import amqplib, { type ChannelModel } from 'amqplib';
import { bareRabbitmq, fixture, fresh, openAs, writePolicy } from '../fixture.ts';
import { until } from '../journey/ledger.ts';
import { modeNames, modes, moves, type Fate, type Mode } from './plaintext-moves.ts';

/** An ordinary amqplib connection of an agent. */
function bareAs(agent: string): Promise<ChannelModel> {
  const { tls, folder, rabbitmqUrl } = fixture();
  const file = (name: string): Buffer => readFileSync(join(folder, name));
  return amqplib.connect(rabbitmqUrl, {
    ca: [readFileSync(tls.caFile)],
    cert: file(`tls/${agent}.crt`),
    key: file(`tls/${agent}.key`),
    credentials: amqplib.credentials.plain(agent, file(`secrets/${agent}.password`).toString().trim()),
  });
}

test('plaintext passes only where the policy admits it, and a stripped envelope nowhere', async () => {
  const queues = Object.fromEntries(modeNames.map((mode) => [mode, fresh(mode)])) as Record<Mode, string>;
  const [quarantine, audit] = ['quarantine', 'audit'].map(fresh) as [string, string];
  const admin = await bareRabbitmq();
  const bare = await admin.createChannel();
  for (const queue of [...Object.values(queues), quarantine])
    await bare.assertQueue(queue, { durable: true });
  const channelsOf = (weak: boolean) =>
    Object.fromEntries(
      modeNames.map((mode) => {
        const queue = queues[mode];
        const publish = [{ exchange: '', routingKey: queue }];
        return [mode, { queues: [queue], publish, mode: weak ? modes[mode] : [] }];
      }),
    );
  const policy = writePolicy({ channels: channelsOf(true), quarantine, audit });
  const sealing = writePolicy({ channels: channelsOf(false), quarantine, audit });
  const [sender, receiver] = [await openAs('orchestrator', sealing), await openAs('researcher', policy)];

  // An honest sender seals for every queue; the attacker reads that, and leaves it there.
  const publisher = await secureConnect(sender, fixture().rabbitmqUrl);
  const publishing = await publisher.createConfirmChannel();
  for (const queue of Object.values(queues))
    publishing.sendToQueue(queue, Buffer.from('{"do":"this"}'), { headers: {} });
  await publishing.waitForConfirms();

  const sessions = new Map<string, ChannelModel>();
  const nameOf = (queue: string, move: unknown): string => `${queue}: ${String(move)}`;
  for (const queue of Object.values(queues)) {
    const message = await bare.get(queue, { noAck: false });
    if (message === false) throw new Error('nothing was sealed');
    bare.nack(message, false, true);
    for (const [name, { value, sender: agent }] of Object.entries(moves)) {
      // With the account of who it says it is: that is what user_id proves. Who has none has an insider’s.
      const account = agent ?? 'intern';
      if (!sessions.has(account)) sessions.set(account, await bareAs(account));
      const channel = await sessions.get(account)!.createConfirmChannel();
      channel.sendToQueue(queue, value(message.content), {
        ...(agent === null ? {} : { userId: agent }),
        // Whom a header names is believed by nobody here.
        headers: { 'x-agent': 'orchestrator', move: name },
      });
      await channel.waitForConfirms();
      await channel.close();
    }
  }

  const fates = new Map<string, Fate>();
  const consuming = await secureConnect(receiver, fixture().rabbitmqUrl);
  const channel = await consuming.createChannel();
  for (const queue of Object.values(queues))
    await channel.consume(queue, (message) => {
      if (message === null) return;
      const name: unknown = message.properties.headers?.['move'] ?? 'honest';
      fates.set(nameOf(queue, name), origin(message)!.verified ? 'verified' : 'plaintext');
      channel.ack(message);
    });
  await bare.consume(
    quarantine,
    (message) => {
      const { headers } = message!.properties;
      fates.set(
        nameOf(String(headers!['sealwire-queue']), headers!['move']),
        String(headers!['sealwire-code']) as Fate,
      );
    },
    { noAck: true },
  );
  const expected = new Map<string, Fate>();
  for (const mode of modeNames) {
    expected.set(nameOf(queues[mode], 'honest'), 'verified');
    for (const [name, move] of Object.entries(moves))
      expected.set(nameOf(queues[mode], name), move.fates[mode]);
  }
  await until(() => fates.size >= expected.size, 'every fate').catch(() => undefined);
  for (const each of [consuming, publisher, ...sessions.values()]) await each.close();
  for (const each of [sender, receiver]) await each.close();
  await admin.close();
  expect(Object.fromEntries(fates)).toEqual(Object.fromEntries(expected));
});

test('the broker lets nobody publish under another’s user_id', async () => {
  const intern = await bareAs('intern');
  const channel = await intern.createConfirmChannel();
  const closed = new Promise<Error>((resolve) => channel.once('error', resolve));
  channel.sendToQueue('anything', Buffer.from('{}'), { userId: 'orchestrator' });
  expect((await closed).message).toMatch(/PRECONDITION_FAILED.*user_id/);
  await intern.close();
});
