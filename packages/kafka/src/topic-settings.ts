// A topic’s settings, asked of the broker.
import kafkajs, { type Admin } from 'kafkajs';

export type ConfigAdmin = Pick<Admin, 'describeConfigs'>;

/**
 * @returns those that the broker has of these names; `missing` where there is no such topic, `unknown` where the broker
 *   does not let this agent ask
 * @throws what the admin throws where the broker does not answer
 */
export async function topicSettings(
  topic: string,
  configNames: readonly string[],
  admin: ConfigAdmin,
): Promise<ReadonlyMap<string, string> | 'unknown' | 'missing'> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...configNames] }],
    });
    return new Map(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
  } catch (error) {
    const { type } = error as { type?: unknown };
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return 'missing';
    if (type === 'TOPIC_AUTHORIZATION_FAILED' || type === 'CLUSTER_AUTHORIZATION_FAILED') return 'unknown';
    throw error;
  }
}
