// Consuming a topic from its beginning, as a new group each round.
import { fresh } from '../../fixture.ts';
import type { Timed, Variant } from '../rounds.ts';
import type { Way } from './clients.ts';

export const partitionsConsumedConcurrently = 1;

/** No batch for so long means that messages were rejected or lost: there is nothing to measure. */
const stallMs = 60_000;

export interface Fetching {
  /** Given to the consumer; where it is left out, the client’s own default counts. */
  readonly maxBytesPerPartition?: number;
  readonly maxBytes?: number;
}

/**
 * Reads so many messages with eachBatch.
 * @param suffix tells apart what reads the same topic in another way
 */
export function consuming(
  { name, topic, receiver }: Way,
  messages: number,
  fetching: Fetching = {},
  suffix = '',
): Variant {
  return {
    name: `${name}${suffix}`,
    async run() {
      const consumer = receiver.consumer({ groupId: fresh('bench'), ...fetching });
      await consumer.connect();
      try {
        await consumer.subscribe({ topics: [topic], fromBeginning: true });
        return await new Promise<Timed>((resolve, reject) => {
          consumer.on(consumer.events.CRASH, ({ payload }) => {
            // A group of a broker that has just started is not always there at once.
            if (!payload.restart) reject(payload.error);
          });
          const stalled = setTimeout(() => reject(new Error(`${name} stalled`)), stallMs);
          let seen = 0;
          // From the first fetch on: joining a group takes its time, and is the same for all.
          let start: { readonly atMs: number; readonly cpu: NodeJS.CpuUsage } | null = null;
          consumer.on(consumer.events.FETCH_START, () => {
            start ??= { atMs: performance.now(), cpu: process.threadCpuUsage() };
          });
          const eachBatch = ({ batch }: { batch: { messages: readonly unknown[] } }): Promise<void> => {
            seen += batch.messages.length;
            stalled.refresh();
            if (seen >= messages && start !== null) {
              clearTimeout(stalled);
              const { user, system } = process.threadCpuUsage(start.cpu);
              resolve({
                messages: seen,
                wallMs: performance.now() - start.atMs,
                mainThreadMs: (user + system) / 1000,
              });
            }
            return Promise.resolve();
          };
          consumer.run({ eachBatch, partitionsConsumedConcurrently }).catch(reject);
        });
      } finally {
        await consumer.disconnect();
      }
    },
  };
}
