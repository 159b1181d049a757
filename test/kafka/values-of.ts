// Reads a topic to its end.
import { withAdmin } from '../fixture.ts';
import { readRaw } from './read-raw.ts';

/** What lies in a topic, each partition in its order. */
export async function valuesOf(topic: string): Promise<Buffer[]> {
  const ends = await withAdmin((admin) => admin.fetchTopicOffsets(topic));
  const wanted = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const values: Buffer[] = [];
  if (wanted > 0) await readRaw(topic, ({ message }) => values.push(message.value!) === wanted);
  return values;
}
