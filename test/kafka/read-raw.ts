// Reads a topic from its beginning, as whoever has the rights can, and changes nothing.
import type { EachMessagePayload } from 'kafkajs';
import { bareKafka, fresh } from '../fixture.ts';

/** @param take is given each record, and says whether it was the last that is wanted */
export async function readRaw(topic: string, take: (payload: EachMessagePayload) => boolean): Promise<void> {
  const reader = bareKafka().consumer({ groupId: fresh('raw'), maxWaitTimeInMs: 200 });
  await reader.connect();
  await reader.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    reader
      .run({
        eachMessage: async (payload) => {
          if (take(payload)) resolve();
        },
      })
      .catch(reject);
  });
  await reader.disconnect();
}
