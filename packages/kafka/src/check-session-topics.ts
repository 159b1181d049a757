// Whether session topics keep what they must keep, asked of the broker when a client starts (envelope/SPEC.md E-37).
import { UsageError, type SessionRules, type SessionTopic } from '@sealwire/core';
import kafkajs, { type Admin, type Logger } from 'kafkajs';

export type ConfigAdmin = Pick<Admin, 'describeConfigs'>;

interface Retention {
  readonly compacted: boolean;
  readonly deleted: boolean;
  /** Infinity: kept for ever. */
  readonly ms: number;
  /** Infinity: whatever its size. */
  readonly bytes: number;
}

const names = ['cleanup.policy', 'retention.ms', 'retention.bytes'];

/**
 * Checks every session topic of the policy. Where the broker does not let this agent ask, it says so in the log, loudly,
 * and goes on: then nobody but the operator knows whether old messages stay readable.
 * @throws UsageError ERR_USAGE_TOPIC, which says what to type; what the admin throws where the broker does not answer
 */
export async function checkSessionTopics(
  { topics, epochMs }: Pick<SessionRules, 'topics' | 'epochMs'>,
  admin: ConfigAdmin,
  logger: Logger,
): Promise<void> {
  for (const topic of topics) await checkOne(topic, epochMs, admin, logger);
}

async function checkOne(
  { name, serves }: SessionTopic,
  epochMs: number,
  admin: ConfigAdmin,
  logger: Logger,
): Promise<void> {
  const own = await retentionOf(name, admin, logger);
  if (own === 'unknown') return;
  if (own === 'missing') {
    throw refusal(
      name,
      `does not exist`,
      `kafka-topics.sh --create --topic ${name} --config cleanup.policy=delete --config retention.ms=-1`,
    );
  }
  if (own.compacted) {
    throw refusal(
      name,
      'is compacted, so that anyone who may write to it could erase sessions',
      alter(name, 'cleanup.policy=delete'),
    );
  }
  if (own.bytes !== Infinity) {
    throw refusal(
      name,
      'is limited by size, so that junk would push sessions out',
      alter(name, 'retention.bytes=-1'),
    );
  }
  for (const served of serves) {
    const retention = await retentionOf(served, admin, logger);
    // A topic that is to be made yet has no messages that could outlive their session.
    if (retention === 'unknown' || retention === 'missing') continue;
    const neededMs = (retention.deleted ? retention.ms : Infinity) + epochMs;
    if (own.ms >= neededMs) continue;
    const wanted = neededMs === Infinity ? -1 : neededMs;
    throw refusal(
      name,
      `keeps sessions for a shorter time than ${served} keeps messages, and an epoch (${wanted === -1 ? 'for ever' : `${wanted} ms`})`,
      alter(name, `retention.ms=${wanted}`),
    );
  }
}

async function retentionOf(
  topic: string,
  admin: ConfigAdmin,
  logger: Logger,
): Promise<Retention | 'unknown' | 'missing'> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: names }],
    });
    const entries = new Map(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    const policies = (entries.get('cleanup.policy') ?? 'delete').split(',').map((each) => each.trim());
    return {
      compacted: policies.includes('compact'),
      deleted: policies.includes('delete'),
      ms: limit(entries.get('retention.ms')),
      bytes: limit(entries.get('retention.bytes')),
    };
  } catch (error) {
    const { type } = error as { type?: unknown };
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return 'missing';
    if (type !== 'TOPIC_AUTHORIZATION_FAILED' && type !== 'CLUSTER_AUTHORIZATION_FAILED') throw error;
    logger.warn(
      'NOT CHECKED: this agent may not ask how long a topic keeps its records (DescribeConfigs). Messages whose session is deleted before them cannot be read',
      { topic },
    );
    return 'unknown';
  }
}

function limit(value: string | undefined): number {
  const number = Number(value ?? -1);
  return number < 0 ? Infinity : number;
}

function alter(topic: string, setting: string): string {
  return `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;
}

function refusal(topic: string, what: string, command: string): UsageError {
  return new UsageError('ERR_USAGE_TOPIC', `The session topic ${topic} ${what}. Type: ${command}`, { topic });
}
