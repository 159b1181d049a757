// Publish and consume through a real RabbitMQ over TLS 1.3, with confirms: wrapped against bare amqplib.
import { randomBytes } from 'node:crypto';
import { secureConnect } from '@sealwire/amqp';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { bareRabbitmq, fixture, fresh, openAs, writePolicy } from '../fixture.ts';
import { measure, type Variant } from './rounds.ts';
import type { BenchOptions } from './kafka-bench.ts';
import type { Results } from './results.ts';
import { withoutAudit } from './stand.ts';

const unconfirmed = 500;

/** Publishes a round, at most 500 unconfirmed at a time. */
async function publish(
  connection: ChannelModel,
  queue: string,
  content: Buffer,
  messages: number,
): Promise<number> {
  const channel: ConfirmChannel = await connection.createConfirmChannel();
  const started = performance.now();
  await new Promise<void>((resolve, reject) => {
    let sent = 0;
    let confirmed = 0;
    const fill = (): void => {
      while (sent < messages && sent - confirmed < unconfirmed) {
        sent++;
        channel.sendToQueue(queue, content, { persistent: true }, (error: unknown) => {
          if (error !== null && error !== undefined) reject(error as Error);
          else if (++confirmed === messages) resolve();
          else if (sent - confirmed <= unconfirmed / 2) fill();
        });
      }
    };
    fill();
  });
  const seconds = (performance.now() - started) / 1000;
  await channel.close();
  return messages / seconds;
}

/** Consumes a round that was published before, prefetch 500, each acknowledged. */
async function consume(connection: ChannelModel, queue: string, messages: number): Promise<number> {
  const channel = await connection.createChannel();
  await channel.prefetch(unconfirmed);
  let seen = 0;
  const started = performance.now();
  await new Promise<void>((resolve, reject) => {
    channel
      .consume(queue, (message) => {
        if (message === null) return;
        channel.ack(message);
        if (++seen === messages) resolve();
      })
      .catch(reject);
  });
  const seconds = (performance.now() - started) / 1000;
  await channel.close();
  return messages / seconds;
}

export async function benchRabbitmq(
  bytes: number,
  options: BenchOptions,
  results: Results,
  say: (line: string) => void,
): Promise<void> {
  const { messages } = options;
  const queues = { bare: fresh('bare'), sealed: fresh('sealed'), audited: fresh('audited') };
  const audit = fresh('audit');
  const quarantine = fresh('quarantine');
  const admin = await bareRabbitmq();
  const channel = await admin.createChannel();
  for (const queue of [...Object.values(queues), quarantine])
    await channel.assertQueue(queue, { durable: true });
  const names = [queues.sealed, queues.audited];
  const policy = writePolicy({
    channels: {
      bench: {
        queues: names,
        publish: names.map((routingKey) => ({ exchange: '', routingKey })),
        from: ['orchestrator'],
        to: ['researcher'],
        contentType: 'application/octet-stream',
      },
    },
    audit,
    quarantine,
  });
  const sender = await openAs('orchestrator', policy);
  const receiver = await openAs('researcher', policy);
  const url = fixture().rabbitmqUrl;
  const quiet = {
    sender: await secureConnect(withoutAudit(sender), url),
    receiver: await secureConnect(withoutAudit(receiver), url),
  };
  const audited = { sender: await secureConnect(sender, url), receiver: await secureConnect(receiver, url) };
  const content = randomBytes(bytes);

  // A round consumes what the same round published, so that queues stay short.
  const consumed: Record<string, Variant> = {};
  const both = (name: keyof typeof queues, from: ChannelModel, to: ChannelModel): void => {
    consumed[`${name}Publish`] = async () => publish(from, queues[name], content, messages);
    consumed[`${name}Consume`] = async () => consume(to, queues[name], messages);
  };
  both('bare', admin, admin);
  both('sealed', quiet.sender, quiet.receiver);
  both('audited', audited.sender, audited.receiver);
  say(`rabbitmq ${bytes}: publish and consume`);
  const measured = await measure(consumed, options.rounds, say);
  for (const [what, suffix] of [
    ['publish', 'Publish'],
    ['consume', 'Consume'],
  ] as const) {
    const median = (name: string): number => measured[`${name}${suffix}`]!.median;
    const key = `rabbitmq.${what}.${bytes}`;
    results.set(`${key}.barePerSecond`, median('bare'));
    results.set(`${key}.ratio`, median('sealed') / median('bare'));
    results.set(`${key}.auditedRatio`, median('audited') / median('bare'));
  }
  for (const connection of [quiet.sender, quiet.receiver, audited.sender, audited.receiver])
    await connection.close();
  await Promise.all([sender.close(), receiver.close()]);
  for (const queue of [...Object.values(queues), quarantine, audit]) await channel.deleteQueue(queue);
  await admin.close();
}
