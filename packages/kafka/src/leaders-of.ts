// The brokers that lead a topic’s partitions.
import type { Admin } from 'kafkajs';

/** Their ids, once each. */
export async function leadersOf(admin: Admin, topic: string): Promise<readonly number[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return [...new Set(topics.flatMap(({ partitions }) => partitions.map(({ leader }) => leader)))];
}
