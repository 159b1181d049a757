// How long a topic keeps its records, asked of the broker.
import { topicSettings, type ConfigAdmin } from './topic-settings.js';

export type { ConfigAdmin };

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
  const entries = await topicSettings(topic, names, admin);
  if (typeof entries === 'string') return entries;
  const policies = (entries.get('cleanup.policy') ?? 'delete').split(',').map((each) => each.trim());
  return {
    compacted: policies.includes('compact'),
    deleted: policies.includes('delete'),
    ms: limit(entries.get('retention.ms')),
    bytes: limit(entries.get('retention.bytes')),
  };
}

function limit(value: string | undefined): number {
  const number = Number(value ?? -1);
  return number < 0 ? Infinity : number;
}
