// Runs a consumer up to an offset, and deletes what a log begins with.
import type { Consumer } from 'kafkajs';
import { withAdmin } from '../fixture.ts';
import { committedTo, type Stage } from './stage.ts';

/** Reads until everything before an offset of a partition is committed, and goes. @returns what was handed over */
export async function readTo(consumer: Consumer, offset: string, partition = 0): Promise<string[]> {
  const seen: string[] = [];
  const committed = committedTo(consumer, offset, partition);
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value!.toString()) });
  await committed;
  await consumer.disconnect();
  return seen;
}

/** Partition 0 of the stage’s topic begins at this offset now. */
export const forget = ({ topic }: Stage, offset: string): Promise<void> =>
  withAdmin(async (admin) => {
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
  });
