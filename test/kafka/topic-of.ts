// A new topic of which all is known, as a copy of another that somebody changed.
import { bareKafka, createTopics, fresh } from '../fixture.ts';

/** @param lines of each partition, in their order; @param keys of each partition’s records */
export async function topicOf(
  lines: readonly (readonly Buffer[])[],
  keys: readonly string[] = [],
): Promise<string> {
  const topic = fresh('audit');
  await createTopics([topic], Math.max(1, lines.length));
  const producer = bareKafka().producer();
  await producer.connect();
  for (const [partition, values] of lines.entries())
    await producer.send({
      topic,
      messages: values.map((value) => ({ key: keys[partition] ?? null, value, partition })),
    });
  await producer.disconnect();
  return topic;
}
