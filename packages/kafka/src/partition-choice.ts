// Chooses each record’s partition once, before it is sealed, and holds kafkajs to that choice.
import { UsageError } from '@sealwire/core';
import kafkajs, { type ICustomPartitioner, type Message, type PartitionMetadata } from 'kafkajs';

interface KnownTopic {
  metadata: PartitionMetadata[];
  ids: ReadonlySet<number>;
  learntAtMs: number;
}

/**
 * The partitions of one producer’s records. kafkajs partitions again at every retry, skips brokers that answered
 * before, and so loses records without an error; a record whose partition is fixed cannot wander.
 */
export class PartitionChoice {
  readonly #partitioner: ReturnType<ICustomPartitioner>;
  readonly #fetch: (topic: string) => Promise<PartitionMetadata[]>;
  readonly #maxAgeMs: number;
  readonly #topics = new Map<string, KnownTopic>();
  readonly #learning = new Map<string, Promise<void>>();

  /**
   * @param createPartitioner the user’s, or kafkajs’ default
   * @param fetch reads a topic’s partitions; its rejections are passed on
   * @param maxAgeMs how long partitions are believed
   */
  constructor(
    createPartitioner: ICustomPartitioner,
    fetch: (topic: string) => Promise<PartitionMetadata[]>,
    maxAgeMs: number,
  ) {
    this.#partitioner = createPartitioner();
    this.#fetch = fetch;
    this.#maxAgeMs = maxAgeMs;
  }

  /**
   * For the inner producer: returns the partition that was chosen. Where kafkajs’ own picture of the topic is older
   * than ours it would drop the record silently; this makes it refresh that picture and try again instead.
   */
  readonly pinned: ICustomPartitioner =
    () =>
    ({ topic, partitionMetadata, message }) => {
      const known = this.#topics.get(topic);
      const ids =
        known?.metadata === partitionMetadata ? known.ids : this.#remember(topic, partitionMetadata).ids;
      if (message.partition === undefined || !ids.has(message.partition)) throw unknownPartition(topic);
      return message.partition;
    };

  /** Whether partitions can be chosen at once. */
  isKnown(topic: string): boolean {
    const known = this.#topics.get(topic);
    return known !== undefined && Date.now() - known.learntAtMs < this.#maxAgeMs;
  }

  /** Learns a topic’s partitions; calls at the same time share one request. */
  learn(topic: string): Promise<void> {
    let learning = this.#learning.get(topic);
    if (learning === undefined) {
      learning = this.#fetch(topic)
        .then((metadata) => void this.#remember(topic, metadata))
        .finally(() => this.#learning.delete(topic));
      this.#learning.set(topic, learning);
    }
    return learning;
  }

  /**
   * Asks the partitioner, which sees the application’s own message.
   * @returns `null` where the topic has no such partition, as far as is known
   */
  choose(topic: string, message: Message): number | null {
    const { metadata, ids } = this.#topics.get(topic)!;
    // Written without types it may return a string, which kafkajs takes.
    const chosen: unknown = this.#partitioner({ topic, partitionMetadata: metadata, message });
    const partition = Number(chosen);
    return ids.has(partition) ? partition : null;
  }

  /** After an error: what is known may be wrong and is read anew before the next choice. */
  doubt(topic: string): void {
    const known = this.#topics.get(topic);
    if (known !== undefined) known.learntAtMs = -Infinity;
  }

  #remember(topic: string, metadata: PartitionMetadata[]): KnownTopic {
    const ids = new Set(metadata.map(({ partitionId }) => partitionId));
    const known = { metadata, ids, learntAtMs: Date.now() };
    this.#topics.set(topic, known);
    return known;
  }
}

/** An error of the kind after which kafkajs refreshes its metadata and retries. */
function unknownPartition(topic: string): Error {
  const NotLoaded = kafkajs.KafkaJSMetadataNotLoaded as unknown as new (message: string) => Error;
  return new NotLoaded(`A partition that was chosen is not in the metadata of "${topic}" yet`);
}

/** For a partition that does not exist: kafkajs would report success and send nothing. */
export function noSuchPartition(topic: string): UsageError {
  const advice = 'Correct `partition` or the partitioner, or add partitions to the topic';
  return new UsageError('ERR_USAGE_MESSAGE', `The topic has no partition of the chosen number. ${advice}.`, {
    topic,
  });
}
