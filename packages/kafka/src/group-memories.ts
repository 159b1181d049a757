// The consumers of one SecureKafka by their groups: what each remembers, and what a transaction may commit for them.
import type { AuditSink, Inlet, Sealwire } from '@sealwire/core';
import type { Admin, Consumer, Offsets, TopicOffsets } from 'kafkajs';
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
  stopped: boolean;
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
  /** Those that have joined, the newest last: where two know a partition, it is the newer one’s. */
  readonly #groups = new Map<string, Set<GroupMember>>();
  #cluster: string | null = null;

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  /** @returns what the new member remembers of its partitions */
  join(groupId: string, { inlet, inner, runs }: JoiningMember): PartitionMemories {
    const memories = this.#memories(groupId, inlet, inner);
    const member = { runs, memories, stopped: false };
    inner.on(inner.events.GROUP_JOIN, () => this.#enter(groupId, member));
    inner.on(inner.events.STOP, () => {
      member.stopped = true;
      this.#leave();
    });
    return memories;
  }

  #enter(groupId: string, member: GroupMember): void {
    member.stopped = false;
    const members = this.#groups.get(groupId) ?? new Set();
    members.delete(member);
    this.#groups.set(groupId, members.add(member));
    this.#leave();
  }

  /** A stopped one stays while a handler of its own may still commit in a transaction. */
  #leave(): void {
    for (const [groupId, members] of this.#groups) {
      for (const member of members) if (member.stopped && member.runs.idle) members.delete(member);
      if (members.size === 0) this.#groups.delete(groupId);
    }
  }

  /** Each consumer of the group adds the state of the partitions that are its own. */
  async settle(groupId: string, { topics }: Offsets): Promise<SettledOffsets> {
    const members = [...(this.#groups.get(groupId) ?? [])].reverse();
    for (const { runs } of members) await runs.settleBefore(topics);
    let others = topics;
    const known = members.map(({ memories }) => {
      const own = memories.known(others);
      others = without(others, own);
      return { memories, topics: own };
    });
    const own = known.flatMap(({ memories, topics: each }) => memories.withState(each).topics);
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
      report: (event) => void sealwire.report('kafka', sink, event).catch(() => undefined),
      logger: inner.logger(),
    });
  }
}

const without = (topics: readonly TopicOffsets[], taken: readonly TopicOffsets[]): TopicOffsets[] =>
  topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.filter(
      ({ partition }) =>
        !taken.some(
          (each) => each.topic === topic && each.partitions.some((one) => one.partition === partition),
        ),
    ),
  }));
