// kafkajs asks again for the partitions of a transaction while an earlier one is still being ended, but not for its
// offsets: there the caller’s transaction fails although nothing is wrong.
import type { Offsets, Transaction } from 'kafkajs';

const attempts = 20;
const longestWaitMs = 500;

/**
 * Sends offsets in a transaction, and again while the coordinator is still writing the end of the one before
 * (`CONCURRENT_TRANSACTIONS`, which every client is to ask again after). Nothing was added then, so that asking again
 * is safe. It asks at most 20 times, over about 8 s.
 * @throws what kafkajs throws, at once for everything else
 */
export async function sendOffsets(
  transaction: Transaction,
  offsets: Offsets & { readonly consumerGroupId: string },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await transaction.sendOffsets(offsets);
      return;
    } catch (error) {
      if (attempt === attempts || !isConcurrent(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(longestWaitMs, 10 * 2 ** attempt)));
  }
}

function isConcurrent(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'CONCURRENT_TRANSACTIONS';
}
