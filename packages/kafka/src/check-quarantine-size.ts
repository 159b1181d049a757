// Whether the quarantine topic takes what its sources hold, asked of the broker when a consumer subscribes.
import kafkajs, { type Logger } from 'kafkajs';
import type { ConfigAdmin } from './topic-retention.js';

/** What stands beside a quarantined record: names, times, its evidence, its session. */
export const besideBytes = 65_536;

/** Kafka’s own default. */
const defaultBytes = 1_048_588;
const setting = 'max.message.bytes';

/**
 * Warns of every topic whose largest records would not fit, with what to type. Such a record stops nothing: it is kept
 * shortened, and cannot be re-driven. Where the broker does not let this agent ask, it says so.
 */
export async function checkQuarantineSize(
  quarantine: string,
  sources: readonly string[],
  admin: ConfigAdmin,
  logger: Logger,
): Promise<void> {
  try {
    const limits = await limitsOf([quarantine, ...sources], admin);
    const limit = limits.get(quarantine) ?? defaultBytes;
    for (const topic of sources) {
      const needed = (limits.get(topic) ?? defaultBytes) + besideBytes;
      if (limit >= needed) continue;
      logger.warn(
        `The largest records of ${topic} do not fit into the quarantine topic: they would be kept shortened, and could not be re-driven. Type: kafka-configs.sh --alter --entity-type topics --entity-name ${quarantine} --add-config ${setting}=${needed}`,
        { topic, quarantine, limit, needed },
      );
    }
  } catch (error) {
    const { type, message } = error as { readonly type?: string; readonly message?: string };
    logger.warn(`NOT CHECKED: whether the quarantine topic ${quarantine} takes the largest records`, {
      quarantine,
      reason: type ?? message ?? 'unknown',
    });
  }
}

async function limitsOf(topics: readonly string[], admin: ConfigAdmin): Promise<Map<string, number>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: [setting],
    })),
  });
  const limits = new Map<string, number>();
  for (const { resourceName, configEntries } of resources) {
    const value = configEntries.find(({ configName }) => configName === setting)?.configValue;
    if (value !== undefined) limits.set(resourceName, Number(value));
  }
  return limits;
}
