// Whether a group has ever committed for a partition, in spite of kafkajs, which commits a negative offset in place of one that the log has lost.

/** What the group has committed for one partition. */
export interface CommittedOffset {
  readonly partition: number;
  readonly offset: string;
  readonly metadata: string | null;
}

/** What one consumer has seen of its group’s commits. */
export class GroupCommits {
  readonly #seen = new Set<string>();
  readonly #unknown = new Set<string>();

  saw(topic: string, offsets: readonly Pick<CommittedOffset, 'partition'>[]): void {
    for (const { partition } of offsets) this.#seen.add(nameOf(topic, partition));
  }

  /** They could not be asked for: from now on nothing of the topic counts as new. */
  missed(topic: string): void {
    this.#unknown.add(topic);
  }

  /** @param committed what is committed now: a negative offset is kafkajs’, in place of one that there was */
  isNew(topic: string, partition: number, committed: CommittedOffset | null): boolean {
    return committed === null && !this.#unknown.has(topic) && !this.#seen.has(nameOf(topic, partition));
  }
}

/** kafkajs has partitions as strings in places. */
const nameOf = (topic: string, partition: number | string): string => `${partition} ${topic}`;
