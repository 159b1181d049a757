// Commits where the application has sought to: with auto-commit on kafkajs does so, but inside it is off.
import type { Consumer, TopicPartitionOffset } from 'kafkajs';
import { offsetText } from './offsets.js';

/** The seeks of one consumer that are not committed yet. */
export class SeekCommits {
  /** Whether the application runs with auto-commit. */
  enabled = false;
  readonly #commitOffsets: Consumer['commitOffsets'];
  #sought = new Map<string, TopicPartitionOffset>();

  constructor(commitOffsets: Consumer['commitOffsets']) {
    this.#commitOffsets = commitOffsets;
  }

  add(target: TopicPartitionOffset): void {
    // Negative offsets have a meaning to kafkajs and none to a group coordinator.
    if (!this.enabled || Number(target.offset) < 0) return;
    this.#sought.set(JSON.stringify([target.topic, target.partition]), target);
  }

  /** After a fetch, which is when kafkajs moves. A commit that fails is made up for by the next batch’s. */
  commit(): void {
    if (this.#sought.size === 0) return;
    const offsets = [...this.#sought.values()].map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset: offsetText(offset),
    }));
    this.#sought = new Map();
    this.#commitOffsets(offsets).catch(() => undefined);
  }
}
