// The arena on RabbitMQ.
import { secureConnect } from '@sealwire/amqp';
import type { ChannelModel, ConfirmChannel, ConsumeMessage, Message } from 'amqplib';
import { bareRabbitmq, fixture, openAs } from '../fixture.ts';
import { arenaOf, honestText, quarantinedOf, type Arena, type Quarantined } from './arena.ts';
import type { ArenaNames, ArenaPolicies } from './arena-policy.ts';
import { Arrivals } from './arrivals.ts';
import type { Scene } from './attack.ts';
import { openInsiders } from './insiders.ts';
import type { Place, WireRecord } from './wire-record.ts';

/** Makes the exchange, the queues behind it, and the insider’s tap. */
export async function declareRabbitmqArena(names: ArenaNames): Promise<void> {
  const connection = await bareRabbitmq();
  const channel = await connection.createChannel();
  await channel.assertExchange(names.exchange, 'direct', { durable: true });
  for (const queue of [names.inbox, names.otherChannel, names.tap, names.quarantine]) {
    await channel.assertQueue(queue, { durable: true });
  }
  for (const queue of [names.inbox, names.otherChannel])
    await channel.bindQueue(queue, names.exchange, queue);
  await channel.bindQueue(names.tap, names.exchange, names.inbox);
  await connection.close();
}

/** @param names what `declareRabbitmqArena` has made */
export async function openRabbitmqArena(names: ArenaNames, policies: ArenaPolicies): Promise<Arena> {
  const { rabbitmqUrl } = fixture();
  const orchestrator = await openAs('orchestrator', policies.real);
  const researcher = await openAs('researcher', policies.real);
  const sending = await secureConnect(orchestrator, rabbitmqUrl);
  const receiving = await secureConnect(researcher, rabbitmqUrl);
  const bare = await bareRabbitmq();
  const sender = await sending.createConfirmChannel();
  const receiver = await receiving.createChannel();
  const tap = await bare.createChannel();
  let attacker = await openAttacker(bare);

  const handedOver = new Arrivals<string>();
  const quarantined = new Arrivals<Quarantined>();
  const captured = new Arrivals<WireRecord>();
  for (const queue of [names.inbox, names.otherChannel]) {
    await receiver.consume(queue, (message) => {
      if (message === null) return;
      handedOver.add(message.content.toString());
      receiver.ack(message);
    });
  }
  const collect = (queue: string, take: (message: ConsumeMessage) => void): Promise<unknown> =>
    tap.consume(queue, (message) => message !== null && take(message), { noAck: true });
  await collect(names.quarantine, (message) =>
    quarantined.add(quarantinedOf(message.content, textHeaders(message.properties.headers))),
  );
  await collect(names.tap, (message) => captured.items.length < 2 && captured.add(recordOf(message)));

  const queueOf = (place: Place): string => (place === 'other-channel' ? names.otherChannel : names.inbox);
  const send = async (place: Place, ...texts: string[]): Promise<void> => {
    for (const text of texts) {
      const options = { persistent: true, headers: { tenant: 'acme' } };
      sender.publish(names.exchange, queueOf(place), Buffer.from(text), options);
    }
    await sender.waitForConfirms();
  };

  const sentBefore = [honestText(), honestText()];
  await send('inbox', ...sentBefore);
  await captured.until(({ length }) => length >= 2);
  const [first, second] = captured.items;
  if (first === undefined || second === undefined)
    throw new Error('no honest message came to the RabbitMQ broker');

  const seal = await openInsiders(names, policies, 'rabbitmq');
  const scene: Scene = { transport: 'rabbitmq', first, second, sealedBy: (insider) => seal(insider, null) };
  return arenaOf(
    {
      transport: 'rabbitmq',
      scene,
      send,
      async inject(injections) {
        const { channel, refused } = attacker;
        for (const { place, value, headers } of injections) {
          if (value === null) throw new Error('RabbitMQ has no tombstones');
          channel.sendToQueue(queueOf(place), value, { persistent: true, headers });
        }
        const refusal = await Promise.race([
          channel.waitForConfirms().then(
            () => null,
            () => refused,
          ),
          refused,
        ]);
        if (refusal !== null) attacker = await openAttacker(bare);
        return refusal;
      },
      async close() {
        await Promise.all([receiver.close(), sender.close()]);
        await Promise.all([receiving.close(), sending.close(), bare.close()]);
        await Promise.all([orchestrator.close(), researcher.close()]);
      },
    },
    handedOver,
    quarantined,
    sentBefore,
  );
}

interface Attacker {
  readonly channel: ConfirmChannel;
  /** A broker that finds a message too large closes the channel; its words are the answer. */
  readonly refused: Promise<string>;
}

const preconditionFailed = 406;

async function openAttacker(connection: ChannelModel): Promise<Attacker> {
  const channel = await connection.createConfirmChannel();
  const refused = new Promise<string>((resolve, reject) => {
    channel.once('error', (error: Error & { code?: number }) =>
      error.code === preconditionFailed ? resolve(error.message) : reject(error),
    );
  });
  refused.catch(() => undefined);
  return { channel, refused };
}

function recordOf({ content, properties }: Message): WireRecord {
  return { value: content, key: null, headers: textHeaders(properties.headers) };
}

function textHeaders(headers: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
