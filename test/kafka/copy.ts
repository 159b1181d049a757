// What an insider does: the same bytes once more, in the partition that they were sealed for.
import type { KafkaMessage } from 'kafkajs';
import { bareKafka, fresh } from '../fixture.ts';
import type { Stage } from './stage.ts';

/** Writes records of the stage’s topic, partition 0, again behind all others. */
export async function copy({ topic }: Stage, ...offsets: number[]): Promise<void> {
  const found = new Map<number, KafkaMessage>();
  const reader = bareKafka().consumer({ groupId: fresh('raw'), maxWaitTimeInMs: 200 });
  await reader.connect();
  await reader.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    reader
      .run({
        eachMessage: async ({ partition, message }) => {
          if (partition === 0) found.set(Number(message.offset), message);
          if (offsets.every((offset) => found.has(offset))) resolve();
        },
      })
      .catch(reject);
  });
  await reader.disconnect();
  const bare = bareKafka().producer();
  await bare.connect();
  for (const offset of offsets) {
    const { key, value, headers } = found.get(offset)!;
    await bare.send({ topic, messages: [{ key, value, headers: headers!, partition: 0 }] });
  }
  await bare.disconnect();
}
