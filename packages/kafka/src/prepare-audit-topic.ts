// Whether the audit topic keeps what is appended to it, asked of the broker when a client starts; where the policy says how, it
// is made.
import { UsageError, type AuditTopicSettings } from '@sealwire/core';
import type { Admin, Logger } from 'kafkajs';
import { topicSettings } from './topic-settings.js';

/** As far as preparing goes. */
export type AuditAdmin = Pick<Admin, 'listTopics' | 'createTopics' | 'describeConfigs'>;

/** An event and what Kafka puts around it, with room. */
const leastMessageBytes = 16 * 1024;
/** Kafka’s own default: an agent’s batches are smaller. */
const messageBytes = 1_048_588;

/**
 * Where the broker does not let this agent ask, it says so in the log and goes on.
 * @throws UsageError ERR_USAGE_TOPIC, which says what to type; what the admin throws where the broker does not answer
 */
export async function prepareAuditTopic(
  topic: string,
  create: AuditTopicSettings | null,
  admin: AuditAdmin,
  logger: Logger,
): Promise<void> {
  // Not by asking for it: a broker that makes topics by itself would make this one its own way.
  if (create !== null && !(await admin.listTopics()).includes(topic)) {
    await createTopic(topic, create, admin);
    logger.info('The audit topic was made', { topic, ...create });
  }
  const settings = await topicSettings(topic, ['cleanup.policy', 'max.message.bytes'], admin);
  if (settings === 'unknown') {
    logger.warn(
      'NOT CHECKED: this agent may not ask whether the audit topic keeps its events (DescribeConfigs). Allow it (sealwire acl), or look with sealwire doctor',
      { topic },
    );
    return;
  }
  if (settings === 'missing') {
    logger.warn(
      `The audit topic ${topic} does not exist: what is to be written there waits. Type: ${creation(topic)}, or write audit.create_topic in sealwire.yaml`,
      { topic },
    );
    return;
  }
  if (settings.get('cleanup.policy')?.includes('compact') === true)
    throw refusal(topic, 'is compacted, so that events vanish', alter(topic, 'cleanup.policy=delete'));
  if (Number(settings.get('max.message.bytes') ?? messageBytes) < leastMessageBytes)
    throw refusal(
      topic,
      'does not take the largest events',
      alter(topic, `max.message.bytes=${messageBytes}`),
    );
}

type Failure = Error & { readonly type?: string };

async function createTopic(
  topic: string,
  { partitions, replicationFactor, retentionMs }: AuditTopicSettings,
  admin: AuditAdmin,
): Promise<void> {
  try {
    // Another agent may have been faster, which is no error.
    await admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries(settingsFor(replicationFactor, retentionMs)).map(([name, value]) => ({
            name,
            value,
          })),
        },
      ],
    });
  } catch (error) {
    const { errors = [error as Failure] } = error as { readonly errors?: readonly Failure[] };
    const type = errors[0]?.type ?? (error as Error).message;
    throw refusal(
      topic,
      type === 'TOPIC_AUTHORIZATION_FAILED' || type === 'CLUSTER_AUTHORIZATION_FAILED'
        ? 'does not exist, and this agent may not make it'
        : `does not exist, and Kafka does not make it (${type})`,
      creation(topic),
      error,
    );
  }
}

/** Nothing that was acknowledged is lost with one broker, nothing is removed but by age, and times are the broker’s. */
function settingsFor(replicationFactor: number, retentionMs: number): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMs),
    'retention.bytes': '-1',
    'min.insync.replicas': replicationFactor >= 3 ? '2' : '1',
    'unclean.leader.election.enable': 'false',
    'compression.type': 'producer',
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(messageBytes),
  };
}

const creation = (topic: string): string =>
  `kafka-topics.sh --create --topic ${topic} --partitions 3 --replication-factor 3 --config cleanup.policy=delete --config min.insync.replicas=2 --config message.timestamp.type=LogAppendTime --config retention.ms=7776000000`;
const alter = (topic: string, setting: string): string =>
  `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;

function refusal(topic: string, what: string, command: string, cause?: unknown): UsageError {
  return new UsageError(
    'ERR_USAGE_TOPIC',
    `The audit topic ${topic} ${what}. Type: ${command}`,
    { topic },
    cause,
  );
}
