// What an insider does: the same bytes once more, in the partition that they were sealed for.
import type { KafkaMessage } from 'kafkajs';
import { bareKafka } from '../fixture.ts';
import { readRaw } from './read-raw.ts';
import type { Stage } from './stage.ts';

/** Writes records of the stage’s topic, partition 0, again behind all others. */
export async function copy({ topic }: Stage, ...offsets: number[]): Promise<void> {
  const found = new Map<number, KafkaMessage>();
  await readRaw(topic, ({ partition, message }) => {
    if (partition === 0) found.set(Number(message.offset), message);
    return offsets.every((offset) => found.has(offset));
  });
  const bare = bareKafka().producer();
  await bare.connect();
  for (const offset of offsets) {
    const { key, value, headers } = found.get(offset)!;
    await bare.send({ topic, messages: [{ key, value, headers: headers!, partition: 0 }] });
  }
  await bare.disconnect();
}
