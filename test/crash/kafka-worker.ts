// Producers and consumers on Kafka.
import { secureKafka } from '@sealwire/kafka';
import { setTimeout as pause } from 'node:timers/promises';
import { kafka as names } from './topology.ts';
import { aborted, idIn, payload, spoolIsEmpty, type Work } from './work.ts';

const client = ({ sealwire, start, logLevel }: Work) =>
  secureKafka(sealwire, {
    clientId: start.agent,
    brokers: [start.kafka],
    logLevel,
    connectionTimeout: 3_000,
    requestTimeout: 5_000,
    retry: { retries: 12, initialRetryTime: 200, maxRetryTime: 2_000 },
  });

const everyMs = 200;

/** Sends until it is told to stop. What fails is not sent again by it, only by its client: each id is sealed once. */
export async function produceKafka(work: Work): Promise<void> {
  const { start, journal, ready, stopping } = work;
  const producer = client(work).producer();
  await producer.connect();
  ready();
  let count = 0;
  const perTurn = Math.max(1, Math.round((start.rate * everyMs) / 1000));
  while (!stopping.aborted) {
    const turn = pause(everyMs);
    const ids = Array.from({ length: perTurn }, () => `${start.name}-${count++}`);
    const messages = ids.map((id, i) => ({
      key: start.keyed ? `key-${(count + i) % 13}` : null,
      value: payload(id),
      headers: { id },
    }));
    const topic = names.topics[count % 5 === 0 ? 1 : 0];
    journal.write({ t: 'attempt', ids });
    try {
      await producer.send({ topic, messages });
      journal.write({ t: 'acknowledged', ids });
    } catch (error) {
      journal.write({ t: 'failed', ids, why: String(error) });
    }
    await turn;
  }
  await producer.disconnect();
}

/** Is up until it is told to stop, and ready when its spool is empty. */
export async function drainKafka(work: Work): Promise<void> {
  const producer = client(work).producer();
  await producer.connect();
  await spoolIsEmpty(work);
  work.ready();
  await aborted(work.stopping);
  await producer.disconnect();
}

/** Handles until it is told to stop. */
export async function consumeKafka(work: Work): Promise<void> {
  const { start, journal, ready, stopping } = work;
  const consumer = client(work).consumer({
    groupId: names.group,
    sessionTimeout: 4_000,
    heartbeatInterval: 500,
    rebalanceTimeout: 6_000,
    maxWaitTimeInMs: 200,
  });
  let joins = 0;
  const session = (): string => `${start.name}/${joins}`;
  const ended = (why: string): void => journal.write({ t: 'ended', session: session(), why });
  consumer.on(consumer.events.GROUP_JOIN, () => {
    joins++;
    journal.write({ t: 'session', session: session() });
    ready();
  });
  consumer.on(consumer.events.REBALANCING, () => ended('rebalancing'));
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    ended(`crash: ${error.message}`);
    // kafkajs has given up: an ordinary service ends then, and is started again.
    if (!restart) process.exit(1);
  });
  consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload: { topics } }) => {
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [topic, partition, Number(offset)] as const),
    );
    if (offsets.length > 0) journal.write({ t: 'commit', session: session(), offsets });
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...names.topics], fromBeginning: true });
  const handle = async (topic: string, partition: number, offset: string, value: Buffer): Promise<void> => {
    const facts = { session: session(), id: idIn(value), place: `${topic}/${partition}/${offset}` };
    journal.write({ t: 'handle', ...facts });
    if (Math.random() < 0.5) await pause(Math.random() * 8);
    journal.write({ t: 'done', ...facts });
  };
  await consumer.run(
    start.batches
      ? {
          eachBatch: async ({ batch, heartbeat }) => {
            for (const { offset, value } of batch.messages) {
              await handle(batch.topic, batch.partition, offset, value!);
              await heartbeat();
            }
          },
        }
      : {
          autoCommitThreshold: 10,
          autoCommitInterval: 500,
          eachMessage: ({ topic, partition, message }) =>
            handle(topic, partition, message.offset, message.value!),
        },
  );
  await aborted(stopping);
  await consumer.disconnect();
}
