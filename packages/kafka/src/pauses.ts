// Whether a partition was paused while its batch is handled; asking kafkajs after every message would be slow.
import type { TopicPartitions } from 'kafkajs';

/** The pauses of one consumer. */
export class Pauses {
  /** Grows with every pause: as long as it has not, nothing that was running has been paused. */
  count = 0;
  readonly #paused: () => TopicPartitions[];

  /** @param paused kafkajs’ own `consumer.paused` */
  constructor(paused: () => TopicPartitions[]) {
    this.#paused = paused;
  }

  isPaused(topic: string, partition: number): boolean {
    return this.#paused().some((each) => each.topic === topic && each.partitions.includes(partition));
  }
}
