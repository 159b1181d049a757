// Whether a topic is set up so that replays can be told, as far as the broker lets this agent ask.
import { UsageError, type ReplayWindow } from '@sealwire/core';
import kafkajs, { type Logger } from 'kafkajs';
import type { ConfigAdmin } from './topic-retention.js';

const names = ['cleanup.policy', 'min.compaction.lag.ms', 'message.timestamp.type'];

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
  const config = await configOf(topic, admin);
  if (config === null) return;
  if (!stated && config.get('message.timestamp.type') === 'CreateTime')
    throw new UsageError(
      'ERR_USAGE_REPLAY',
      `The broker does not stamp the records of ${topic}, so their age is judged by this machine’s clock: say in the policy how old they may get while they wait (channels.${channel}.max_age: 24h), or type: ${alter(topic, 'message.timestamp.type=LogAppendTime')}`,
      { topic, channel },
    );
  const compacted = config.get('cleanup.policy')?.includes('compact') === true;
  if (compacted && Number(config.get('min.compaction.lag.ms') ?? 0) < windowMs)
    logger.warn(
      'A compacted topic may lose what the memory of replays is rebuilt from before it is too old to be accepted again',
      { topic, type: alter(topic, `min.compaction.lag.ms=${windowMs}`) },
    );
}

async function configOf(topic: string, admin: ConfigAdmin): Promise<ReadonlyMap<string, string> | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: names }],
    });
    return new Map(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
  } catch {
    return null;
  }
}

const alter = (topic: string, setting: string): string =>
  `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;
