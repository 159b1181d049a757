// kafkajs’ consumer with opened messages. Inside, kafkajs never commits and never resolves by itself.
import type { Consumer, ConsumerRunConfig, Offsets, TopicPartitionOffset } from 'kafkajs';
import type { ActiveRuns } from './active-runs.js';
import { AutoCommit } from './auto-commit.js';
import { BatchRun, type RunParts } from './batch-run.js';
import { connectError, leaving } from './connect-error.js';
import { EachBatch } from './each-batch.js';
import { EachMessage } from './each-message.js';
import { HandlerSlots } from './handler-slots.js';
import { JunkLimit } from './junk-limit.js';
import type { LiveClients } from './live-clients.js';
import type { PartitionMemories } from './partition-memories.js';
import { Pauses } from './pauses.js';
import { isSpecial, specialOffset, type TopicOffsets } from './special-offsets.js';
import { SeekCommits } from './seek-commits.js';
import { subscribedTopics } from './subscribed-topics.js';

export interface ConsumerParts extends Omit<RunParts, 'commits' | 'junk' | 'memories'> {
  readonly memories: PartitionMemories;
  readonly clients: LiveClients;
  readonly runs: ActiveRuns;
  /** What must hold before the first message. */
  readonly prepare: () => Promise<void>;
  /** Begins to read the sessions of topics. */
  readonly warm: (topics: readonly string[]) => void;
  /** All topics of the cluster. */
  readonly listTopics: () => Promise<string[]>;
  readonly topicOffsets: (topic: string) => Promise<TopicOffsets>;
  /** Whether replays can be told there. */
  readonly checkTopic: (topic: string) => Promise<void>;
}

/** Wraps kafkajs’ consumer. All methods can be called unbound, as kafkajs’ own. */
export function secureConsumer(inner: Consumer, parts: ConsumerParts): Consumer {
  const { clients, runs, memories } = parts;
  const junk = new JunkLimit();
  const pauses = new Pauses(() => inner.paused());
  const commitOffsets: Consumer['commitOffsets'] = async (offsets) => {
    if (!Array.isArray(offsets)) return inner.commitOffsets(offsets);
    await runs.settleBefore(offsets.map(asTopicOffsets));
    await memories.commit(offsets.map(asTopicOffsets), ({ topics }) =>
      inner.commitOffsets(topics.flatMap(asList)),
    );
  };
  const seeks = new SeekCommits(commitOffsets);
  inner.on(inner.events.FETCH, () => seeks.commit());
  // Before a rejoin where that is known, and in any case after it: what was read before is not to be committed.
  inner.on(inner.events.REBALANCING, () => memories.assigned({}));
  inner.on(inner.events.GROUP_JOIN, ({ payload }) => memories.assigned(payload.memberAssignment));
  inner.on(inner.events.END_BATCH_PROCESS, ({ payload }) => {
    const { topic, partition, batchSize, firstOffset, lastOffset } = payload;
    if (batchSize === 0) memories.skipped(topic, partition, Number(firstOffset), Number(lastOffset));
  });
  inner.on(inner.events.DISCONNECT, () => clients.remove(inner));
  inner.on(inner.events.CONNECT, () => clients.add(inner));

  const seek: Consumer['seek'] = (target) => {
    inner.seek(target);
    memories.sought(target.topic, target.partition);
    seeks.add(target);
  };
  /** Without its own commits kafkajs would take these for offset 0. */
  const seekSpecial = async (target: TopicPartitionOffset): Promise<void> => {
    try {
      const offset = specialOffset(await parts.topicOffsets(target.topic), target);
      seek({ ...target, offset });
    } catch (error) {
      parts.logger.error('A seek failed', { topic: target.topic, reason: (error as Error).message });
    }
  };

  const run = async (config: ConsumerRunConfig = {}): Promise<void> => {
    const { eachMessage, eachBatch, partitionsConsumedConcurrently = 1 } = config;
    const slots = new HandlerSlots(partitionsConsumedConcurrently);
    const { autoCommit = true, autoCommitInterval = null, autoCommitThreshold = null } = config;
    const commits = new AutoCommit({ autoCommit, autoCommitInterval, autoCommitThreshold });
    const handle = (batch: BatchRun, handled: () => void): Promise<void> => {
      if (eachMessage) return new EachMessage(batch, eachMessage, commits, pauses).start(handled);
      if (!eachBatch) return Promise.resolve();
      const autoResolve = config.eachBatchAutoResolve ?? true;
      return new EachBatch(batch, { handler: eachBatch, autoResolve, commits, pauses, runs }).start(handled);
    };
    const keeping = async (batch: BatchRun, handled: () => void): Promise<void> => {
      runs.add(batch);
      try {
        await handle(batch, handled);
      } finally {
        runs.delete(batch);
      }
    };
    seeks.enabled = autoCommit;
    await inner.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // Behind each handler one batch of another partition may still be on its way into the audit trail.
      partitionsConsumedConcurrently: 2 * partitionsConsumedConcurrently,
      eachBatch: async (payload) => {
        const handled = await slots.take();
        // kafkajs asks this before each batch, and this one may have waited since.
        if (!payload.isRunning()) {
          handled();
          return;
        }
        try {
          const ledger = await memories.ready(payload);
          if (ledger !== null)
            await keeping(new BatchRun(payload, { ...parts, commits, junk }, ledger), handled);
        } finally {
          handled();
        }
      },
    });
  };

  return {
    connect: async () => {
      clients.add(inner);
      try {
        await inner.connect();
        await parts.prepare().catch(leaving(inner));
      } catch (error) {
        clients.remove(inner);
        throw connectError(error);
      }
    },
    disconnect: async () => {
      await inner.disconnect();
      await clients.left();
    },
    subscribe: async (subscription) => {
      const topics = await subscribedTopics(subscription, parts.listTopics);
      for (const topic of topics ?? []) {
        parts.inlet.checkSource({ transport: 'kafka', topic, partition: 0, offset: '0' });
      }
      for (const topic of topics ?? []) await parts.checkTopic(topic);
      parts.warm(topics ?? []);
      const { fromBeginning } = subscription;
      const start = fromBeginning === undefined ? {} : { fromBeginning };
      await inner.subscribe(topics === null ? subscription : { topics, ...start });
      await memories.begin(topics ?? [], fromBeginning === true);
    },
    stop: () => inner.stop(),
    run,
    commitOffsets,
    seek: (target) => {
      if (isSpecial(target.offset)) void seekSpecial(target);
      else seek(target);
    },
    describeGroup: () => inner.describeGroup(),
    pause: (topics) => {
      pauses.count++;
      inner.pause(topics);
    },
    paused: () => inner.paused(),
    resume: (topics) => inner.resume(topics),
    on: ((...listener: Parameters<Consumer['on']>) => inner.on(...listener)) as Consumer['on'],
    events: inner.events,
    logger: () => inner.logger(),
  };
}

const asTopicOffsets = ({ topic, partition, offset }: { topic: string; partition: number; offset: string }) =>
  ({ topic, partitions: [{ partition, offset }] }) satisfies Offsets['topics'][number];

const asList = ({ topic, partitions }: Offsets['topics'][number]) =>
  partitions.map((each) => ({ topic, ...each }));
