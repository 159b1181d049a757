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

/**
 * @returns `null` where this agent may not ask, or the broker cannot be asked
 * @throws kafkajs’ errors where it could not be asked now: whether a topic is compacted is not guessed
 */
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
  } catch (error) {
    if (!isFinal(error)) throw error;
    return null;
  }
}

const finalTypes: ReadonlySet<unknown> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
]);

function isFinal(error: unknown): boolean {
  const { type, name } = error as { readonly type?: unknown; readonly name?: unknown };
  return finalTypes.has(type) || name === 'KafkaJSServerDoesNotSupportApiKey';
}
