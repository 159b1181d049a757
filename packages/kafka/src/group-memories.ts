// The consumers of one SecureKafka by their groups: what each remembers, and what a transaction may commit for them.
import type { AuditSink, Inlet, Sealwire } from '@sealwire/core';
import type { Admin, Consumer, Offsets } from 'kafkajs';
import type { ActiveRuns } from './active-runs.js';
import { commitAsMember, isIdle } from './commit-as-member.js';
import type { LazyClient } from './lazy-client.js';
import { PartitionMemories } from './partition-memories.js';
import { replayTopic } from './replay-topic.js';
import type { SettledOffsets } from './transaction.js';

export interface GroupParts {
  readonly sealwire: Sealwire;
  readonly sink: AuditSink;
  readonly metadata: LazyClient<Admin>;
  /** kafkajs’ own, for a group. */
  readonly consumer: (groupId: string) => Consumer;
}

/** A consumer, as a transaction that commits for its group needs it. */
interface GroupMember {
  readonly runs: ActiveRuns;
  readonly memories: PartitionMemories;
}

/** What a consumer brings along. */
export interface JoiningMember {
  readonly inlet: Inlet;
  /** kafkajs’ own. */
  readonly inner: Consumer;
  readonly runs: ActiveRuns;
}

export class GroupMemories {
  readonly #parts: GroupParts;
  readonly #groups = new Map<string, Set<GroupMember>>();
  #cluster: string | null = null;

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  /** @returns what the new member remembers of its partitions */
  join(groupId: string, { inlet, inner, runs }: JoiningMember): PartitionMemories {
    const memories = this.#memories(groupId, inlet, inner);
    const members = this.#groups.get(groupId) ?? new Set();
    this.#groups.set(groupId, members.add({ runs, memories }));
    return memories;
  }

  /** Each consumer of the group adds the state of the partitions that are its own. */
  async settle(groupId: string, { topics }: Offsets): Promise<SettledOffsets> {
    const members = [...(this.#groups.get(groupId) ?? [])];
    for (const { runs } of members) await runs.settleBefore(topics);
    const known = members.map(({ memories }) => ({ memories, topics: memories.known(topics) }));
    const own = known.flatMap(({ memories, topics: each }) => memories.withState(each).topics);
    const isOwn = (topic: string, partition: number): boolean =>
      own.some((each) => each.topic === topic && each.partitions.some((one) => one.partition === partition));
    const others = topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.filter(({ partition }) => !isOwn(topic, partition)),
    }));
    return {
      offsets: { topics: [...own, ...others].filter(({ partitions }) => partitions.length > 0) },
      committed: () => known.forEach(({ memories, topics: each }) => memories.committed(each)),
    };
  }

  #memories(group: string, inlet: Inlet, inner: Consumer): PartitionMemories {
    const { sealwire, sink, metadata, consumer } = this.#parts;
    const { agent, replay: rules } = sealwire;
    return new PartitionMemories({
      agent,
      group,
      rules,
      inlet,
      cluster: async () =>
        (this.#cluster ??= (await metadata.use((admin) => admin.describeCluster())).clusterId),
      committed: (topic) =>
        metadata.use(async (admin) => {
          // Asked for everything, the broker leaves out what was never committed.
          const offsets = await admin.fetchOffsets({ groupId: group });
          return offsets.find((each) => each.topic === topic)?.partitions ?? [];
        }),
      bounds: (topic) => metadata.use((admin) => admin.fetchTopicOffsets(topic)),
      offsetsAt: (topic, timestampMs) =>
        metadata.use((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timestampMs)),
      compactedAfterMs: (topic) =>
        metadata.use(async (admin) => (await replayTopic(topic, admin))?.compactedAfterMs ?? Infinity),
      idle: () =>
        metadata.use(async (admin) => {
          const { groups } = await admin.describeGroups([group]);
          return isIdle(groups[0]?.state ?? 'Unknown');
        }),
      commit: (topic, offsets) => commitAsMember(consumer(group), topic, offsets),
      seek: (target) => inner.seek(target),
      report: (event) => void sealwire.report(sink, event).catch(() => undefined),
      logger: inner.logger(),
    });
  }
}
