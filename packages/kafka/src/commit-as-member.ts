// Commits offsets with metadata for a group that nobody is in: only members may, so this joins, commits, and goes.
import { InabilityError, UsageError } from '@sealwire/core';
import type { Consumer, PartitionOffset } from 'kafkajs';

const patienceMs = 60_000;
/** States of groups that nobody is in. */
const idle: ReadonlySet<string> = new Set(['Empty', 'Dead', 'Unknown']);

export const isIdle = (state: string): boolean => idle.has(state);

/** An offset, and the state as of it. */
export interface StatedOffset extends PartitionOffset {
  readonly metadata: string;
}

/**
 * @param consumer of the group; it is disconnected in the end
 * @throws UsageError ERR_USAGE_REPLAY where somebody has joined meanwhile; InabilityError ERR_UNABLE_CONNECTION; kafkajs’ own
 */
export async function commitAsMember(
  consumer: Consumer,
  topic: string,
  offsets: readonly StatedOffset[],
): Promise<void> {
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    });
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        // A fetch from an offset that the log does not have would have kafkajs commit another one.
        consumer.pause([{ topic }]);
        const own = payload.memberAssignment[topic] ?? [];
        if (offsets.every(({ partition }) => own.includes(partition))) resolve();
        else reject(new UsageError('ERR_USAGE_REPLAY', 'The group has other members by now: stop them.'));
      });
    });
    const eachBatch = (): Promise<void> => Promise.resolve();
    // Only when it runs, and not when it has joined, does kafkajs commit rather than pretend to.
    const running = consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    await Promise.race([Promise.all([running, joined]), crashed, tooLate()]);
    const committed = consumer.commitOffsets(offsets.map((each) => ({ topic, ...each })));
    await Promise.race([committed, crashed, tooLate()]);
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void =>
      reject(new InabilityError('ERR_UNABLE_CONNECTION', 'The group could not be joined within 60 s.'));
    setTimeout(giveUp, patienceMs).unref();
  });
}
