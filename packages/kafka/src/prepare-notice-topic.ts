// The topic in which writers tell one another of their checkpoints: made where the policy says how the audit topic is made.
import { UsageError, type AuditTopicSettings } from '@sealwire/core';
import type { Admin, Logger } from 'kafkajs';

/** As far as preparing goes. */
export type NoticeAdmin = Pick<Admin, 'listTopics' | 'createTopics'>;

const hourMs = 3_600_000;
/** What is older is told to nobody (audit/SPEC.md, A-20). A segment goes as a whole, once its newest record is so old. */
const [retentionMs, segmentMs] = [3 * hourMs, hourMs];

/** @throws UsageError ERR_USAGE_TOPIC where it is missing, which says what to type; what the admin throws */
export async function prepareNoticeTopic(
  topic: string,
  create: AuditTopicSettings | null,
  admin: NoticeAdmin,
  logger: Logger,
): Promise<void> {
  if ((await admin.listTopics()).includes(topic)) return;
  if (create === null) throw missing(topic);
  try {
    // Another agent may have been faster, which is no error.
    await admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: 1,
          replicationFactor: create.replicationFactor,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  } catch (error) {
    throw missing(topic, error);
  }
  logger.info('The topic of notices was made', { topic });
}

/**
 * Small records that nobody needs for long. The broker unpacks what comes, so that the limit is on what readers unpack:
 * otherwise a batch of that size could cost each of them 64 MiB, for as long as it lies there.
 */
const settings: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': String(retentionMs),
  'segment.ms': String(segmentMs),
  'max.message.bytes': String(16 * 1024),
  'compression.type': 'uncompressed',
  'message.timestamp.type': 'LogAppendTime',
};

function missing(topic: string, cause?: unknown): UsageError {
  return new UsageError(
    'ERR_USAGE_TOPIC',
    `The topic of notices ${topic} does not exist${cause === undefined ? '' : ', and this agent cannot make it'}. Type: kafka-topics.sh --create --topic ${topic} --partitions 1 --replication-factor 3 --config cleanup.policy=delete --config retention.ms=${retentionMs} --config segment.ms=${segmentMs} --config max.message.bytes=16384 --config compression.type=uncompressed`,
    { topic },
    cause,
  );
}
