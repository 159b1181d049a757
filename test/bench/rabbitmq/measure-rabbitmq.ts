// RabbitMQ: sealed channels beside bare ones, on random values of 1 KiB.
import { randomBytes } from 'node:crypto';
import type { Sealwire } from '@sealwire/core';
import type { ConfirmChannel } from 'amqplib';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { cycled, randomPayloads } from '../payloads.ts';
import { saying } from '../progress.ts';
import { measure, type Measured, type Variant } from '../rounds.ts';
import { consumeAll, prefetch } from './consume.ts';
import { publishAll, unconfirmedWindow } from './publish.ts';
import { openWays, type Way } from './ways.ts';

const bytes = 1024;

/** As many messages as share a signature at most. */
const treeLeaves = 64;

export async function measureRabbitmq(figures: Figures, { quick }: Options): Promise<void> {
  const messages = quick ? 4000 : 10_000;
  const scale = quick ? { rounds: 3, warmUps: 1 } : { rounds: 13, warmUps: 2 };
  const ways = await openWays();
  try {
    const payloads = cycled(randomPayloads(2000, bytes), messages);
    const enlarged = randomPayloads(messages, sealedBytes(ways.sizing, ways.plain.queue));
    const all = [ways.bare, ways.sameBytes, ways.plain, ways.audited];
    const turns: Variant[][] = [];
    for (const way of all) {
      const channel = await way.sender.createConfirmChannel();
      turns.push(variantsOf(way, channel, way === ways.sameBytes ? enlarged : payloads));
    }
    const measured = await measure(turns, { ...scale, progress: saying('rabbitmq') });
    report(figures, 'publish', measured, all, [
      `Persistent messages of ${bytes} random bytes to a durable queue, confirm channel, ${unconfirmedWindow} unconfirmed at a time, TLS 1.3 with client certificates.`,
      `${messages} messages a round, ${scale.rounds} rounds; ratios are to bare amqplib, 1 is as fast. Messages published in one turn of the event loop share a signature.`,
    ]);
    report(figures, 'consume', measured, all, [
      `The same messages from their queue, prefetch ${prefetch}, each acknowledged; from the first message to the closed channel.`,
    ]);
  } finally {
    await ways.close();
  }
}

/** What one round publishes the same round consumes: the queue is empty again. */
function variantsOf(way: Way, channel: ConfirmChannel, payloads: readonly Buffer[]): Variant[] {
  return [
    {
      name: `${way.name}.publish`,
      async run() {
        await publishAll(way, channel, payloads);
        return payloads.length;
      },
    },
    { name: `${way.name}.consume`, run: () => consumeAll(way, payloads.length) },
  ];
}

/** Of a message in a full tree, as bursts make them. */
function sealedBytes(sealwire: Sealwire, queue: string): number {
  const outlet = sealwire.outlet('rabbitmq', { write: () => Promise.resolve() });
  const [sealed] = outlet.seal(
    Array.from({ length: treeLeaves }, () => ({
      destination: { transport: 'rabbitmq', exchange: '', routingKey: queue },
      payload: randomBytes(bytes),
      key: null,
      headers: [],
      partition: null,
      description: {},
    })),
  );
  return sealed!.value!.length;
}

function report(
  figures: Figures,
  verb: 'publish' | 'consume',
  measured: Measured,
  all: readonly Way[],
  how: readonly string[],
): void {
  const prefix = `rabbitmq.${verb}.${bytes}`;
  figures.section(`RabbitMQ, ${verb}`, how);
  for (const { name } of all) {
    figures.add(`${prefix}.${name}PerSecond`, measured.perSecond(`${name}.${verb}`), 'messages');
    figures.add(
      `${prefix}.${name}MainThreadUs`,
      measured.mainThreadUs(`${name}.${verb}`),
      'µs of the main thread a message',
    );
  }
  const ratio = (of: string, to: string) => measured.timesAsFast(`${of}.${verb}`, `${to}.${verb}`);
  figures.add(`${prefix}.ratio`, ratio('sealed', 'bare'), 'without audit I/O');
  figures.add(
    `${prefix}.ratioSameBytes`,
    ratio('sealed', 'sameBytes'),
    'to bare with random values of sealed size',
  );
  figures.add(`${prefix}.auditedRatio`, ratio('audited', 'bare'), 'every message audited to its exchange');
}
