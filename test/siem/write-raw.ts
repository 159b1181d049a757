// Writes to a topic past the trail, as an administrator can.
import { bareKafka } from '../fixture.ts';

export async function writeRaw(topic: string, values: readonly string[]): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) });
  await bare.disconnect();
}
