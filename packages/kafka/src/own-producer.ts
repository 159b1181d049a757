// The producer for our own records: audit lines and quarantined ones. What it acknowledges is kept.
import kafkajs, { type Logger, type Message, type Producer } from 'kafkajs';
import type { LazyClient } from './lazy-client.js';
import type { PartitionChoice } from './partition-choice.js';
import { sendComplete } from './send-complete.js';

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

  /** Resolves when all in-sync replicas have every message; when it rejects, some may be there. */
  async write(topic: string, messages: readonly Message[], compressed: boolean): Promise<void> {
    await this.#producer.use(async (client) => {
      if (!this.#partitions.isKnown(topic)) await this.#partitions.learn(topic);
      const placed = messages.map((message) => {
        const partition = this.#partitions.choose(topic, message);
        return partition === null ? message : { ...message, partition };
      });
      const compression = compressed ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None;
      const batch = { acks: -1, compression, topicMessages: [{ topic, messages: placed }] };
      try {
        await sendComplete(client, batch, this.#logger);
      } catch (error) {
        this.#partitions.doubt(topic);
        throw error;
      }
    });
  }
}
