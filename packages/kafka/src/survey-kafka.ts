// What a cluster is set up like, as far as it lets this agent ask: for tools that tell an operator.
import type { ConnectionGuard } from '@sealwire/core';
import kafkajs, { type Admin } from 'kafkajs';
import { inAHurry, withToolClient } from './tool-client.js';

/** Settings by name; `null` where the broker does not let this agent ask (DescribeConfigs). */
export type KafkaSettings = ReadonlyMap<string, string> | null;

export interface SurveyedTopic {
  readonly partitions: number;
  /** The least of its partitions. */
  readonly replicas: number;
  /** The least of its partitions. */
  readonly inSync: number;
  readonly settings: KafkaSettings;
}

export interface KafkaSurvey {
  /** As advertised to this client. */
  readonly brokers: readonly { readonly node: number; readonly host: string; readonly port: number }[];
  /** Of one broker. */
  readonly brokerSettings: KafkaSettings;
  /** `null`: there is no such topic, or this agent may not see it. */
  readonly topics: ReadonlyMap<string, SurveyedTopic | null>;
}

const topicSettings = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'min.insync.replicas',
  'message.timestamp.type',
  'max.message.bytes',
  'compression.type',
  'min.compaction.lag.ms',
  'unclean.leader.election.enable',
];
const brokerSettings = ['auto.create.topics.enable', 'unclean.leader.election.enable'];

/**
 * Asks for brokers, topics and their settings over a connection that the policy describes. Reads only.
 * @throws UsageError ERR_USAGE_TLS, ERR_USAGE_SASL; InabilityError ERR_UNABLE_CONNECTION
 */
export function surveyKafka(
  guard: ConnectionGuard,
  brokers: readonly string[],
  topics: readonly string[],
): Promise<KafkaSurvey> {
  return withToolClient(
    guard,
    brokers,
    async ({ admin }) => {
      const cluster = await admin.describeCluster();
      const { TOPIC, BROKER } = kafkajs.ConfigResourceTypes;
      const known = new Set(await admin.listTopics());
      const surveyed = new Map<string, SurveyedTopic | null>();
      for (const topic of topics) {
        if (!known.has(topic)) {
          surveyed.set(topic, null);
          continue;
        }
        const { topics: described } = await admin.fetchTopicMetadata({ topics: [topic] });
        const { partitions } = described[0]!;
        surveyed.set(topic, {
          partitions: partitions.length,
          replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
          inSync: Math.min(...partitions.map(({ isr }) => isr.length)),
          settings: await settingsOf(admin, TOPIC, topic, topicSettings),
        });
      }
      const node = cluster.controller ?? cluster.brokers[0]?.nodeId ?? 0;
      return {
        brokers: cluster.brokers.map(({ nodeId, host, port }) => ({ node: nodeId, host, port })),
        brokerSettings: await settingsOf(admin, BROKER, String(node), brokerSettings),
        topics: surveyed,
      };
    },
    inAHurry,
  );
}

async function settingsOf(
  admin: Admin,
  type: kafkajs.ConfigResourceTypes,
  name: string,
  configNames: string[],
): Promise<KafkaSettings> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type, name, configNames }],
    });
    return new Map(resources[0]!.configEntries.map((entry) => [entry.configName, entry.configValue]));
  } catch (error) {
    const { type: refusal } = error as { readonly type?: unknown };
    if (refusal === 'TOPIC_AUTHORIZATION_FAILED' || refusal === 'CLUSTER_AUTHORIZATION_FAILED') return null;
    throw error;
  }
}
