// What a stage's group has committed for its first partition, read and set as a tool of somebody else would.
import { withAdmin } from '../fixture.ts';
import type { Stage } from './stage.ts';

export const groupOffset = ({ group, topic }: Stage) =>
  withAdmin(async (admin) => {
    const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    return offsets!.partitions[0]!;
  });

export const resetGroup = ({ group, topic }: Stage, offset: string) =>
  withAdmin((admin) => admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset }] }));
