// The batches of one consumer that are being handled: whoever commits an offset settles them first.
import type { OffsetsByTopicPartition, TopicOffsets } from 'kafkajs';
import type { BatchRun } from './batch-run.js';
import { offsetText } from './offsets.js';

/** The batches that one consumer handles right now, one per partition at most. */
export class ActiveRuns {
  readonly #runs = new Set<BatchRun>();

  add(run: BatchRun): void {
    this.#runs.add(run);
  }

  /** Whether no batch is being handled. */
  get idle(): boolean {
    return this.#runs.size === 0;
  }

  delete(run: BatchRun): void {
    this.#runs.delete(run);
  }

  /**
   * Quarantines and audits what was handed over and lies before these offsets.
   * @param ended a batch whose handler has returned but still commits
   * @throws Error when the consumer stops before that is possible: nothing may be committed
   */
  async settleBefore(topics: readonly TopicOffsets[], ended?: BatchRun): Promise<void> {
    const runs = ended === undefined || this.#runs.has(ended) ? this.#runs : [...this.#runs, ended];
    for (const run of runs) {
      const { batch } = run.payload;
      const partitions = topics
        .filter(({ topic }) => topic === batch.topic)
        .flatMap((each) => each.partitions);
      for (const { partition, offset } of partitions) {
        if (`${partition}` !== `${batch.partition}`) continue;
        if (!(await run.settleBefore(offsetText(offset)))) {
          throw new Error(
            'The consumer stopped before the audit trail could be written; nothing was committed.',
          );
        }
      }
    }
  }

  /** kafkajs’ uncommitted offsets, with those that handlers resolved and kafkajs does not know yet. */
  withUnresolved(offsets: OffsetsByTopicPartition): OffsetsByTopicPartition {
    let all = offsets;
    for (const run of this.#runs) all = run.withUnresolved(all);
    return all;
  }
}
