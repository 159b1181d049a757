// What the operator’s tool does to a cluster: writes carriers, notes and audit events, and deletes what lies before an offset.
import type { AuditSink, ConnectionGuard, HeaderField } from '@sealwire/core';
import { InabilityError, UsageError } from '@sealwire/core';
import kafkajs, { type Admin } from 'kafkajs';
import { headersObject } from './header-fields.js';
import { sendComplete } from './send-complete.js';
import { withToolClient } from './tool-client.js';

/** Bytes for one partition. */
export interface ToolRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly HeaderField[];
}

export interface RedriveTool {
  /** Resolves when all in-sync replicas have it. @throws InabilityError ERR_UNABLE_CONNECTION */
  write(topic: string, partition: number, record: ToolRecord): Promise<void>;
  auditSink(topic: string): AuditSink;
  /** What a partition holds: from its lowest offset up to, but not including, the other one. */
  bounds(topic: string, partition: number): Promise<{ readonly low: bigint; readonly high: bigint }>;
  /** The offset of the first record that the broker stamped at this time or later; the end where there is none. */
  offsetAt(topic: string, partition: number, timeMs: number): Promise<bigint>;
  /** Deletes what lies before an offset: Kafka deletes nothing else. */
  deleteBefore(topic: string, partition: number, offset: bigint): Promise<void>;
}

/** Runs `use` over a connection that the policy describes. @throws as withToolClient */
export function withRedriveTool<Result>(
  guard: ConnectionGuard,
  brokers: readonly string[],
  use: (tool: RedriveTool) => Promise<Result>,
): Promise<Result> {
  return withToolClient(guard, brokers, async ({ kafka, admin }) => {
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { retries: 5, initialRetryTime: 100 },
    });
    await producer.connect();
    try {
      return await use({
        async write(topic, partition, { key, value, headers }) {
          const messages = [{ partition, key, value, headers: headersObject(headers) }];
          const batch = { acks: -1, topicMessages: [{ topic, messages }] };
          await sendComplete(producer, batch, kafka.logger()).catch(notWritten(topic));
        },
        auditSink: (topic) => ({
          async write({ chain, lines }) {
            const messages = lines.map((value) => ({ key: chain, value }));
            await producer.send({ topic, acks: -1, messages });
          },
        }),
        bounds: (topic, partition) => boundsOf(admin, topic, partition),
        async offsetAt(topic, partition, timeMs) {
          const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, timeMs);
          const found = offsets.find((each) => each.partition === partition)?.offset ?? '-1';
          return found.startsWith('-') ? (await boundsOf(admin, topic, partition)).high : BigInt(found);
        },
        async deleteBefore(topic, partition, offset) {
          // kafkajs asks nobody for the leader here: it has to know the topic already.
          await boundsOf(admin, topic, partition);
          await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${offset}` }] });
        },
      });
    } finally {
      await producer.disconnect().catch(() => undefined);
    }
  });
}

async function boundsOf(
  admin: Admin,
  topic: string,
  partition: number,
): Promise<{ low: bigint; high: bigint }> {
  const bounds = (await admin.fetchTopicOffsets(topic)).find((each) => each.partition === partition);
  if (bounds === undefined)
    throw new UsageError('ERR_USAGE_RECORD', `There is no partition ${partition} of ${topic}.`, { topic });
  return { low: BigInt(bounds.low), high: BigInt(bounds.high) };
}

function notWritten(topic: string): (error: unknown) => never {
  return (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InabilityError(
      'ERR_UNABLE_CONNECTION',
      `The topic ${topic} did not take the record (${reason}). Check that this agent may write to it, then run the command again.`,
      { topic },
      error,
    );
  };
}
