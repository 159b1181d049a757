// Publishers and consumers on RabbitMQ.
import { secureConnect } from '@sealwire/amqp';
import type { ChannelModel } from 'amqplib';
import { setTimeout as pause } from 'node:timers/promises';
import { origin } from 'sealwire';
import { rabbitmq as names } from './topology.ts';
import { aborted, idIn, payload, spoolIsEmpty, type Work } from './work.ts';

/** Connects and works, again and again, until it is told to stop. */
async function withConnection(
  { start, sealwire, journal, stopping }: Work,
  use: (connection: ChannelModel, gone: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!stopping.aborted) {
    const gone = new AbortController();
    try {
      const connection = await secureConnect(sealwire, `${start.rabbitmq}?heartbeat=4`, { timeout: 5_000 });
      connection.on('error', () => undefined);
      connection.on('close', () => gone.abort());
      try {
        await use(connection, AbortSignal.any([gone.signal, stopping]));
      } finally {
        if (!gone.signal.aborted) await connection.close().catch(() => undefined);
      }
    } catch (error) {
      journal.write({ t: 'note', what: String(error) });
      await pause(300);
    }
  }
}

const everyMs = 200;

/** Publishes until it is told to stop. What is not confirmed is not published again: each id is sealed once. */
export async function publishRabbitmq(work: Work): Promise<void> {
  const { start, journal, ready } = work;
  const perTurn = Math.max(1, Math.round((start.rate * everyMs) / 1000));
  let count = 0;
  await withConnection(work, async (connection, gone) => {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    ready();
    while (!gone.aborted) {
      const turn = pause(everyMs);
      const ids = Array.from({ length: perTurn }, () => `${start.name}-${count++}`);
      journal.write({ t: 'attempt', ids });
      for (const id of ids)
        channel.publish(
          names.exchange,
          names.queues[Number(id.endsWith('0') || id.endsWith('5'))]!,
          payload(id),
          { persistent: true, headers: { id } },
          (error) =>
            journal.write(
              error ? { t: 'failed', ids: [id], why: String(error) } : { t: 'acknowledged', ids: [id] },
            ),
        );
      await turn;
    }
    await channel.waitForConfirms().catch(() => undefined);
  });
}

/** Is up until it is told to stop, and ready when its spool is empty. */
export async function drainRabbitmq(work: Work): Promise<void> {
  await withConnection(work, async (_, gone) => {
    await spoolIsEmpty(work);
    work.ready();
    await aborted(gone);
  });
}

/** Of the messages that come for the first time, so many go back to the queue unhandled. */
const givenBack = 0.2;

/** Handles until it is told to stop. */
export async function consumeRabbitmq(work: Work): Promise<void> {
  const { start, journal, ready } = work;
  let sessions = 0;
  const answer = (say: () => void): void => {
    try {
      say();
    } catch (error) {
      journal.write({ t: 'note', what: `answer: ${String(error)}` });
    }
  };
  await withConnection(work, async (connection, gone) => {
    const session = `${start.name}/${++sessions}`;
    journal.write({ t: 'session', session });
    try {
      const channel = await connection.createChannel();
      const closed = new AbortController();
      channel.on('error', () => undefined);
      channel.on('close', () => closed.abort());
      await channel.prefetch(50);
      for (const queue of start.queues)
        await channel.consume(queue, (message) => {
          if (message === null) {
            closed.abort();
            return;
          }
          if (!message.fields.redelivered && Math.random() < givenBack) {
            void pause(Math.random() * 15).then(() => answer(() => channel.nack(message)));
            return;
          }
          const facts = { session, id: idIn(message.content), place: queue };
          const copy = (message.properties.headers as Record<string, unknown> | undefined)?.['tracestate'];
          journal.write({
            t: 'handle',
            ...facts,
            ...(typeof copy === 'string' ? { copy } : {}),
            hash: origin(message)!.messageHash!.toString('hex'),
          });
          void pause(Math.random() * 15).then(() => {
            journal.write({ t: 'done', ...facts });
            answer(() => channel.ack(message));
          });
        });
      ready();
      await Promise.race([aborted(gone), aborted(closed.signal)]);
      // Acknowledgements that were asked for go out before the connection closes.
      await pause(50);
      await channel.close().catch(() => undefined);
    } finally {
      journal.write({ t: 'ended', session, why: 'connection' });
    }
  });
}
