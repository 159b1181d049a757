// One process of the rotation test: an ordinary producer or consumer on both brokers, under one agent's policy.
import { secureConnect } from '@sealwire/amqp';
import { secureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { openSealwire, origin } from 'sealwire';
import { fixture } from '../fixture.ts';
import type { Delivered, FromWorker, Start, ToWorker } from './messages.ts';
import { names } from './topology.ts';

const tell = (message: FromWorker): void => {
  if (process.connected) process.send!(message);
};
// Nothing outlives the test.
process.once('disconnect', () => process.exit(0));
let stopping = false;
let stopped: Promise<void> = Promise.resolve();
let stop: () => Promise<void> = () => Promise.resolve();

process.on('message', (message: ToWorker) => {
  if ('start' in message) stopped = run(message.start);
  else {
    stopping = true;
    void stopped
      .then(() => stop())
      .catch((error: unknown) => tell({ failed: String(error) }))
      .then(() => {
        tell({ stopped: true });
        process.disconnect();
      });
  }
});

async function run(start: Start): Promise<void> {
  const sealwire = await openSealwire(start.policy, { agent: start.agent });
  const kafka = secureKafka(sealwire, {
    clientId: start.agent,
    brokers: fixture().kafka,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const connection = await secureConnect(sealwire, fixture().rabbitmqUrl);
  if (start.role === 'consumer') {
    const { queue, kafkaGroup } = start;
    const batch: Delivered[] = [];
    const flush = setInterval(() => {
      if (batch.length > 0) tell({ delivered: batch.splice(0) });
    }, 200);
    const take = (message: object, value: Buffer): void => {
      const { id, madeAtMs } = JSON.parse(value.toString()) as { id: string; madeAtMs: number };
      const atMs = Date.now();
      batch.push({ id, atMs, ageMs: atMs - madeAtMs, keyRevoked: origin(message)?.keyRevoked === true });
    };
    const consumer = kafka.consumer({ groupId: kafkaGroup, maxWaitTimeInMs: 200 });
    await consumer.connect();
    await consumer.subscribe({ topics: [names.topic], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => take(message, message.value!) });
    const channel = await connection.createChannel();
    await channel.prefetch(100);
    await channel.consume(queue, (message) => {
      if (message === null) return;
      take(message, message.content);
      channel.ack(message);
    });
    tell({ ready: true });
    stop = async () => {
      await consumer.disconnect();
      await connection.close();
      await sealwire.close();
      clearInterval(flush);
      if (batch.length > 0) tell({ delivered: batch.splice(0) });
    };
    return;
  }
  const producer = kafka.producer();
  await producer.connect();
  const channel = await connection.createConfirmChannel();
  let isReady = false;
  let count = 0;
  const everyMs = 100;
  const perTurn = Math.max(1, Math.round((start.rate * everyMs) / 1000));
  while (!stopping) {
    const beganAt = performance.now();
    const made = (broker: string) =>
      Array.from({ length: perTurn }, () => ({
        id: `${start.agent}-${broker}-${count++}`,
        madeAtMs: Date.now(),
      }));
    const [onKafka, onRabbitmq] = [made('k'), made('r')];
    const sendKafka = async (): Promise<void> => {
      await producer.send({
        topic: names.topic,
        messages: onKafka.map((value) => ({ value: JSON.stringify(value) })),
      });
      tell({ sent: onKafka.map(({ id }) => ({ id, atMs: Date.now() })) });
    };
    const sendRabbitmq = async (): Promise<void> => {
      for (const value of onRabbitmq)
        channel.publish(names.exchange, 'work', Buffer.from(JSON.stringify(value)), { persistent: true });
      await channel.waitForConfirms();
      tell({ sent: onRabbitmq.map(({ id }) => ({ id, atMs: Date.now() })) });
    };
    const results = await Promise.allSettled([sendKafka(), sendRabbitmq()]);
    for (const result of results)
      if (result.status === 'rejected') {
        const { code, message } = result.reason as { code?: string; message: string };
        tell({ failed: `${code ?? ''} ${message}` });
        // Who stole a key sends as long as it can.
        if (start.role === 'thief') stopping = true;
      }
    if (!isReady) {
      isReady = true;
      tell({ ready: true });
    }
    await pause(Math.max(0, everyMs - (performance.now() - beganAt)));
  }
  stop = async () => {
    await producer.disconnect();
    await connection.close();
    await sealwire.close();
  };
}
