// Reads many records as they lie on the broker, for tools: bounded memory, nothing opened, no offset committed.
import { InabilityError, UsageError } from '@sealwire/core';
import type { ConnectionGuard, Received, SessionRules } from '@sealwire/core';
import type { Admin, Consumer } from 'kafkajs';
import { leadersOf } from './leaders-of.js';
import { toReceived } from './received.js';
import { SessionTopics } from './session-topics.js';
import { withToolClient, type ToolClient } from './tool-client.js';
import { TopicReader } from './topic-reader.js';

/** Which records: of one partition or all, from an offset on, up to but not including another. */
export interface RecordRange {
  readonly topic: string;
  readonly partition: number | null;
  /** `null`: from the beginning. */
  readonly from: bigint | null;
  /** `null`: to the end that there is when the reading begins. */
  readonly to: bigint | null;
  /** Of each partition, its last ones only. */
  readonly last?: number;
  /** Not what is older by the records’ timestamps, which writers make unless the broker stamps them. */
  readonly sinceMs?: number;
}

/** What is read of one partition. */
export interface PartitionRange {
  readonly partition: number;
  /** The oldest record that there is. */
  readonly low: bigint;
  readonly from: bigint;
  /** Not included. */
  readonly to: bigint;
}

/** The sessions that messages refer to, by the first 16 bytes of their hash as latin1 strings; see `SessionSource`. */
export type FindSessions = (references: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;

export interface RangeReading {
  readonly range: RecordRange;
  /** Where sessions are looked up; `null` where messages are self-contained, and then none are found. */
  readonly sessions: { readonly topic: string; readonly rules: SessionRules } | null;
  /** Told before anything is read, of every partition. */
  readonly onRange?: (range: PartitionRange) => void;
  /** Goes on behind the end, until it is aborted; what comes into partitions that are new is not read. */
  readonly follow?: AbortSignal;
  /** Takes records, in the order of their partition. Nothing more is read before it is done. */
  take(records: readonly Received[], find: FindSessions): Promise<void>;
}

const patienceMs = 30_000;
/** A look-up takes no more than some seconds, and goes on reading behind that: a large topic needs several. */
const lookUps = 30;
/** Behind every offset. */
const noEnd = 2n ** 63n;

/**
 * Reads a range over the connection that the policy describes.
 * @throws UsageError ERR_USAGE_RECORD where there is no such topic, partition or range; ERR_USAGE_TLS, ERR_USAGE_SASL;
 *   InabilityError ERR_UNABLE_CONNECTION, ERR_UNABLE_SESSIONS
 */
export function readRange(
  guard: ConnectionGuard,
  brokers: readonly string[],
  reading: RangeReading,
): Promise<void> {
  return withToolClient(guard, brokers, async (client) => {
    const ends = await boundsOf(client.admin, reading);
    if (ends.size === 0) return;
    const sessions = reading.sessions === null ? null : sessionTopics(client, reading.sessions.rules);
    const consumer = client.consumer();
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: reading.range.topic });
      await readTo(consumer, reading, ends, sessions);
    } finally {
      await consumer.disconnect().catch(() => undefined);
      await sessions?.release();
    }
  });
}

function sessionTopics({ kafka, admin, consumer }: ToolClient, rules: SessionRules): SessionTopics {
  const offsets = (topic: string) => admin.fetchTopicOffsets(topic);
  const leaders = (topic: string) => leadersOf(admin, topic);
  return new SessionTopics({
    rules,
    reader: (parts) => new TopicReader({ ...parts, offsets, leaders, consumer, logger: kafka.logger() }),
  });
}

interface Bounds {
  next: bigint;
  readonly end: bigint;
}

/** Of the partitions in which there is something to read. */
async function boundsOf(
  admin: Admin,
  { range: { topic, partition, from, to, last, sinceMs }, onRange, follow }: RangeReading,
): Promise<Map<number, Bounds>> {
  const nothing = (why: string): UsageError =>
    new UsageError('ERR_USAGE_RECORD', `There is nothing to read from ${topic}: ${why}`, { topic });
  const topics = await admin.listTopics();
  if (!topics.includes(topic)) throw nothing('there is no such topic, or this agent may not see it.');
  const partitions = await admin.fetchTopicOffsets(topic);
  const wanted = partition === null ? partitions : partitions.filter((each) => each.partition === partition);
  if (wanted.length === 0) throw nothing(`it has ${partitions.length} partitions.`);
  const since = new Map<number, string>();
  if (sinceMs !== undefined)
    for (const each of await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs))
      since.set(each.partition, each.offset);
  const bounds = new Map<number, Bounds>();
  for (const { partition: number, low, high } of wanted) {
    if ((from !== null && from < BigInt(low)) || (to !== null && to > BigInt(high)))
      throw nothing(`its partition ${number} holds ${low} up to, but not including, ${high}.`);
    const [begin, end] = [from ?? BigInt(since.get(number) ?? low), to ?? BigInt(high)];
    const next = last !== undefined && end - BigInt(last) > begin ? end - BigInt(last) : begin;
    onRange?.({ partition: number, low: BigInt(low), from: next, to: end });
    if (follow !== undefined) bounds.set(number, { next, end: noEnd });
    else if (next < end) bounds.set(number, { next, end });
  }
  return bounds;
}

/** A broker that falls silent ends it; a slow `take` does not. */
async function readTo(
  consumer: Consumer,
  reading: RangeReading,
  bounds: ReadonlyMap<number, Bounds>,
  source: SessionTopics | null,
): Promise<void> {
  const {
    range: { topic },
    follow,
  } = reading;
  let timer: NodeJS.Timeout | undefined;
  const done = new Promise<void>((resolve, reject) => {
    const stir = (): void => {
      if (follow !== undefined) return; // Nothing may come for hours.
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          reject(new InabilityError('ERR_UNABLE_CONNECTION', 'The broker sent nothing for 30 s. Try again.')),
        patienceMs,
      );
    };
    stir();
    follow?.addEventListener('abort', () => resolve(), { once: true });
    if (follow?.aborted === true) resolve();
    // A coordinator that still loads its groups makes kafkajs start anew, and that joins once more.
    consumer.on(consumer.events.GROUP_JOIN, () => {
      for (const [partition, { next }] of bounds) consumer.seek({ topic, partition, offset: `${next}` });
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    // Also of batches that hold nothing but markers of transactions, which no handler sees.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      const at = bounds.get(partition);
      if (at === undefined) return;
      stir();
      const next = BigInt(lastOffset) + 1n;
      if (next > at.next) at.next = next;
      if (at.next >= at.end) consumer.pause([{ topic, partitions: [partition] }]);
      if ([...bounds.values()].every((each) => each.next >= each.end)) resolve();
    });
    let failed = false;
    const eachBatch: EachBatch = async (payload) => {
      const { batch } = payload;
      const at = bounds.get(batch.partition);
      if (at === undefined || failed) return;
      const records = batch.messages.filter(
        ({ offset }) => BigInt(offset) >= at.next && BigInt(offset) < at.end,
      );
      const last = records.at(-1);
      if (last === undefined) return;
      clearTimeout(timer);
      try {
        const nowMs = Date.now();
        const received = records.map((one) => toReceived(topic, batch.partition, one, nowMs));
        await reading.take(received, (references) =>
          patientFind(source, reading.sessions?.topic, references, () => payload.heartbeat()),
        );
        // What was taken is not taken again after a rejoin.
        at.next = BigInt(last.offset) + 1n;
      } catch (error) {
        // Not thrown: kafkajs would try the same batch again, and records would be taken twice.
        failed = true;
        reject(error instanceof Error ? error : new Error('a record could not be taken', { cause: error }));
      }
    };
    consumer.run({ autoCommit: false, eachBatchAutoResolve: true, eachBatch }).catch(reject);
  });
  try {
    await done;
  } finally {
    clearTimeout(timer);
  }
}

type EachBatch = NonNullable<NonNullable<Parameters<Consumer['run']>[0]>['eachBatch']>;

async function patientFind(
  source: SessionTopics | null,
  topic: string | undefined,
  references: readonly string[],
  heartbeat: () => Promise<void>,
): Promise<ReadonlyMap<string, Buffer>> {
  if (source === null || topic === undefined || references.length === 0) return new Map();
  for (let left = lookUps; ; left--) {
    try {
      return await source.find(topic, references);
    } catch (error) {
      if (left === 0) throw error;
      await heartbeat();
    }
  }
}
