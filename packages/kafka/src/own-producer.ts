// The producer for our own records: audit lines and quarantined ones. What it acknowledges is kept.
import type { PackedEvents } from '@sealwire/core';
import kafkajs, { type Logger, type Message, type Producer } from 'kafkajs';
import type { LazyClient } from './lazy-client.js';
import { PackedMessages, packedGzip } from './packed-messages.js';
import { noSuchPartition, type PartitionChoice } from './partition-choice.js';
import { sendComplete } from './send-complete.js';

/** How records are written. */
export interface Writing {
  readonly compressed: boolean;
  /** Divides them into sends that follow one another: each partition gets about so many bytes of each at most. */
  readonly partitionBytes?: number;
}

/**
 * Writes with `acks: -1` to partitions that are chosen once, as any send of a SecureKafka.
 * It is not idempotent: kafkajs’ sequence numbers break under its own retries, and repeats do no harm here.
 */
export class OwnProducer {
  readonly #producer: LazyClient<Producer>;
  readonly #partitions: PartitionChoice;
  readonly #logger: Logger;

  constructor(producer: LazyClient<Producer>, partitions: PartitionChoice, logger: Logger) {
    this.#producer = producer;
    this.#partitions = partitions;
    this.#logger = logger;
  }

  /**
   * Keeps the order within each partition. Resolves when all in-sync replicas have every message; when it rejects,
   * some may be there.
   */
  async write(
    topic: string,
    messages: readonly Message[],
    { compressed, partitionBytes = Infinity }: Writing,
  ): Promise<void> {
    await this.#to(topic, async (client) => {
      const placed = messages.map((message) => {
        const partition = this.#partitions.choose(topic, message);
        return partition === null ? message : { ...message, partition };
      });
      const compression = compressed ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None;
      for (const part of partsOf(placed, partitionBytes)) {
        const batch = { acks: -1, compression, topicMessages: [{ topic, messages: part }] };
        await sendComplete(client, batch, this.#logger);
      }
    });
  }

  /** As `write`, of records that are packed, all of this key: in one send. */
  async writePacked(topic: string, key: string, packed: PackedEvents): Promise<void> {
    await this.#to(topic, async (client) => {
      const partition = this.#partitions.choose(topic, { key, value: null });
      if (partition === null) throw noSuchPartition(topic);
      const topicMessages = [{ topic, messages: new PackedMessages(packed, partition) }];
      const answers = await client.sendBatch({ acks: -1, compression: packedGzip, topicMessages });
      // As `sendComplete` says: kafkajs may resolve a send that it left out.
      if (!answers.some((answer) => answer.topicName === topic && answer.partition === partition))
        throw new Error(`No broker answered for a partition of ${topic}. Send again later.`);
    });
  }

  async #to(topic: string, send: (client: Producer) => Promise<void>): Promise<void> {
    await this.#producer.use(async (client) => {
      if (!this.#partitions.isKnown(topic)) await this.#partitions.learn(topic);
      try {
        await send(client);
      } catch (error) {
        this.#partitions.doubt(topic);
        throw error;
      }
    });
  }
}

/** A message that is larger by itself goes alone. */
function partsOf(messages: readonly Message[], partitionBytes: number): Message[][] {
  const fill = new Map<number | undefined, { part: number; bytes: number }>();
  const parts: Message[][] = [];
  for (const message of messages) {
    let last = fill.get(message.partition);
    if (last === undefined) fill.set(message.partition, (last = { part: 0, bytes: 0 }));
    const bytes = (message.value?.length ?? 0) + (message.key?.length ?? 0);
    if (last.bytes > 0 && last.bytes + bytes > partitionBytes) {
      last.part++;
      last.bytes = 0;
    }
    last.bytes += bytes;
    (parts[last.part] ??= []).push(message);
  }
  return parts;
}
