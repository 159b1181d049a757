// Reads one record as it lies on the broker, for tools: nothing is opened, and no offset is committed.
import { InabilityError, UsageError, type ConnectionGuard, type Received } from '@sealwire/core';
import type { Admin, Consumer, EachBatchHandler } from 'kafkajs';
import { toReceived, type RawMessage } from './received.js';
import { withToolClient } from './tool-client.js';

/** Where a record lies. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

const patienceMs = 30_000;

/**
 * Fetches a record over the connection that the policy describes.
 * @throws UsageError ERR_USAGE_RECORD where there is none at this place; ERR_USAGE_TLS, ERR_USAGE_SASL;
 *   InabilityError ERR_UNABLE_CONNECTION
 */
export function peekRecord(
  guard: ConnectionGuard,
  brokers: readonly string[],
  place: RecordPlace,
): Promise<Received> {
  return withToolClient(guard, brokers, async ({ admin, consumer }) => {
    await requirePlace(admin, place);
    return readOne(consumer(), place);
  });
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

async function readOne(consumer: Consumer, place: RecordPlace): Promise<Received> {
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
