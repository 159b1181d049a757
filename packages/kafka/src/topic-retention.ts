// How long a topic keeps its records, asked of the broker.
import kafkajs, { type Admin } from 'kafkajs';

export type ConfigAdmin = Pick<Admin, 'describeConfigs'>;

export interface Retention {
  readonly compacted: boolean;
  readonly deleted: boolean;
  /** Infinity: kept for ever. */
  readonly ms: number;
  /** Infinity: whatever its size. */
  readonly bytes: number;
}

const names = ['cleanup.policy', 'retention.ms', 'retention.bytes'];

/**
 * @returns `missing` where there is no such topic, `unknown` where the broker does not let this agent ask
 * @throws what the admin throws where the broker does not answer
 */
export async function topicRetention(
  topic: string,
  admin: ConfigAdmin,
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
    if (type === 'TOPIC_AUTHORIZATION_FAILED' || type === 'CLUSTER_AUTHORIZATION_FAILED') return 'unknown';
    throw error;
  }
}

function limit(value: string | undefined): number {
  const number = Number(value ?? -1);
  return number < 0 ? Infinity : number;
}
