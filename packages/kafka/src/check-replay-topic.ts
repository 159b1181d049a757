// Whether a topic is set up so that replays can be told, as far as the broker lets this agent ask.
import { UsageError, type ReplayWindow } from '@sealwire/core';
import type { Logger } from 'kafkajs';
import { replayTopic } from './replay-topic.js';
import type { ConfigAdmin } from './topic-retention.js';

/**
 * What cannot be asked now is found out by the first batch.
 * @throws UsageError ERR_USAGE_REPLAY
 */
export async function checkReplayTopic(
  topic: string,
  { channel, windowMs, stated }: ReplayWindow,
  admin: ConfigAdmin,
  logger: Logger,
): Promise<void> {
  const config = await replayTopic(topic, admin).catch(() => null);
  if (config === null) {
    logger.warn(
      'NOT CHECKED: this agent may not ask whether a topic is compacted (DescribeConfigs). A memory that is rebuilt from one whose min.compaction.lag.ms is too short does not know what it lost',
      { topic },
    );
    return;
  }
  if (!stated && config.createTime)
    throw new UsageError(
      'ERR_USAGE_REPLAY',
      `The broker does not stamp the records of ${topic}, so their age is judged by this machine’s clock: say in the policy how old they may get while they wait (channels.${channel}.max_age: 24h), or type: ${alter(topic, 'message.timestamp.type=LogAppendTime')}`,
      { topic, channel },
    );
  if (config.compactedAfterMs < windowMs)
    logger.warn(
      'A compacted topic loses what the memory of replays is rebuilt from before it is too old to be accepted again: where it must be rebuilt the partition halts',
      { topic, type: alter(topic, `min.compaction.lag.ms=${windowMs}`) },
    );
}

const alter = (topic: string, setting: string): string =>
  `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;
