// Whether session topics keep what they must keep, asked of the broker when a client starts (envelope/SPEC.md E-37).
import { UsageError, type SessionRules, type SessionTopic } from '@sealwire/core';
import type { Logger } from 'kafkajs';
import { topicRetention, type ConfigAdmin, type Retention } from './topic-retention.js';

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
  const retention = await topicRetention(topic, admin);
  if (retention === 'unknown') {
    logger.warn(
      'NOT CHECKED: this agent may not ask how long a topic keeps its records (DescribeConfigs). Messages whose session is deleted before them cannot be read',
      { topic },
    );
  }
  return retention;
}

function alter(topic: string, setting: string): string {
  return `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;
}

function refusal(topic: string, what: string, command: string): UsageError {
  return new UsageError('ERR_USAGE_TOPIC', `The session topic ${topic} ${what}. Type: ${command}`, { topic });
}
