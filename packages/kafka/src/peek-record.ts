// Reads one record as it lies on the broker, for tools: nothing is opened, and no offset is committed.
import { randomUUID } from 'node:crypto';
import { InabilityError, UsageError, type ConnectionGuard, type Received } from '@sealwire/core';
import kafkajs, { type Admin, type Consumer, type EachBatchHandler, type Kafka } from 'kafkajs';
import { connectError } from './connect-error.js';
import { guardedSockets, saslOptions } from './connection.js';
import { boundGzip } from './gzip.js';
import { toReceived, type RawMessage } from './received.js';

/** Where a record lies. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

const connectionTimeoutMs = 5000;
const patienceMs = 30_000;

/**
 * Fetches a record over the connection that the policy describes. kafkajs reads only within a consumer group, so it
 * joins one of its own by the name of `sealwire-inspect-…`, commits nothing, and deletes it afterwards where it may.
 * @throws UsageError ERR_USAGE_RECORD where there is none at this place; ERR_USAGE_TLS, ERR_USAGE_SASL;
 *   InabilityError ERR_UNABLE_CONNECTION
 */
export async function peekRecord(
  guard: ConnectionGuard,
  brokers: readonly string[],
  place: RecordPlace,
): Promise<Received> {
  boundGzip();
  const sasl = saslOptions(guard);
  const kafka = new kafkajs.Kafka({
    clientId: 'sealwire-inspect',
    brokers: [...brokers],
    connectionTimeout: connectionTimeoutMs,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 5, initialRetryTime: 100 },
    ssl: true,
    ...(sasl === undefined ? {} : { sasl }),
    socketFactory: guardedSockets(guard, { opened: () => undefined, refused: () => undefined }),
  });
  const groupId = `sealwire-inspect-${randomUUID()}`;
  const admin = kafka.admin();
  try {
    await admin.connect();
    await requirePlace(admin, place);
    return await readOne(kafka, groupId, place);
  } catch (error) {
    throw connectError(error);
  } finally {
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  }
}

function nothingThere({ topic, partition, offset }: RecordPlace, why: string): UsageError {
  const message = `There is no record at offset ${offset} of ${topic}[${partition}]: ${why}`;
  return new UsageError('ERR_USAGE_RECORD', message, { topic, partition, offset });
}

async function requirePlace(admin: Admin, place: RecordPlace): Promise<void> {
  const topics = await admin.listTopics();
  if (!topics.includes(place.topic))
    throw nothingThere(place, 'there is no such topic, or this agent may not see it.');
  const partitions = await admin.fetchTopicOffsets(place.topic);
  const bounds = partitions.find(({ partition }) => partition === place.partition);
  if (bounds === undefined) throw nothingThere(place, `the topic has ${partitions.length} partitions.`);
  const offset = BigInt(place.offset);
  if (offset < BigInt(bounds.low) || offset >= BigInt(bounds.high))
    throw nothingThere(place, `the partition holds ${bounds.low} up to, but not including, ${bounds.high}.`);
}

async function readOne(kafka: Kafka, groupId: string, place: RecordPlace): Promise<Received> {
  const consumer = kafka.consumer({
    groupId,
    readUncommitted: true,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 500,
    retry: { retries: 8, initialRetryTime: 100 },
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: place.topic });
    return await firstFrom(consumer, place);
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

/** The first record from the offset on decides: it is the one, or there is none. */
async function firstFrom(consumer: Consumer, place: RecordPlace): Promise<Received> {
  const wanted = BigInt(place.offset);
  const { topic, partition } = place;
  let timer: NodeJS.Timeout | undefined;
  const found = new Promise<Received>((resolve, reject) => {
    const giveUp = (): void =>
      reject(new InabilityError('ERR_UNABLE_CONNECTION', 'The broker sent nothing within 30 s. Try again.'));
    timer = setTimeout(giveUp, patienceMs);
    // A coordinator that still loads its groups makes kafkajs start anew, and that joins once more.
    consumer.on(consumer.events.GROUP_JOIN, () => consumer.seek(place));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    // Also of batches that hold nothing but markers of transactions, which no handler sees.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.partition === partition && BigInt(payload.lastOffset) >= wanted)
        reject(nothingThere(place, 'it was compacted away, or marks a transaction.'));
    });
    const eachBatch: EachBatchHandler = ({ batch }) => {
      const one = batch.messages.find(({ offset }) => offset === place.offset) as RawMessage | undefined;
      if (batch.partition === partition && one !== undefined)
        resolve(toReceived(topic, partition, one, Date.now()));
      return Promise.resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
  try {
    return await found;
  } finally {
    clearTimeout(timer);
  }
}
