// What of a topic’s settings decides about replays, as far as the broker lets this agent ask.
import kafkajs from 'kafkajs';
import type { ConfigAdmin } from './topic-retention.js';

export interface ReplayTopic {
  /** Whether its producers say when a record was written, and not its broker. */
  readonly createTime: boolean;
  /** How old a record is at least that compaction takes away; Infinity where nothing is compacted. */
  readonly compactedAfterMs: number;
}

const names = ['cleanup.policy', 'min.compaction.lag.ms', 'message.timestamp.type'];

/** @returns `null` where it cannot be asked */
export async function replayTopic(topic: string, admin: ConfigAdmin): Promise<ReplayTopic | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: names }],
    });
    const config = new Map(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    const compacted = config.get('cleanup.policy')?.includes('compact') === true;
    return {
      createTime: config.get('message.timestamp.type') === 'CreateTime',
      compactedAfterMs: compacted ? Number(config.get('min.compaction.lag.ms') ?? 0) : Infinity,
    };
  } catch {
    return null;
  }
}
