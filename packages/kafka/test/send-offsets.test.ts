import { describe, expect, jest, test } from '@jest/globals';
import type { Transaction } from 'kafkajs';
import { sendOffsets } from '../src/send-offsets.js';

const offsets = { consumerGroupId: 'group', topics: [{ topic: 'orders', partitions: [] }] };
const protocolError = (type: string) => Object.assign(new Error('the broker says no'), { type });

function transaction(...failures: Error[]) {
  const send = jest.fn<Transaction['sendOffsets']>(async () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  });
  return { send, given: { sendOffsets: send } as unknown as Transaction };
}

describe('Offsets in a transaction', () => {
  test('are sent again while the transaction before is still being ended', async () => {
    const busy = protocolError('CONCURRENT_TRANSACTIONS');
    const { send, given } = transaction(busy, busy);
    await sendOffsets(given, offsets);
    expect(send).toHaveBeenCalledTimes(3);
    expect(send).toHaveBeenLastCalledWith(offsets);
  });

  test.each(['INVALID_PRODUCER_EPOCH', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'])(
    'are not sent again after %s',
    async (type) => {
      const { send, given } = transaction(protocolError(type));
      await expect(sendOffsets(given, offsets)).rejects.toMatchObject({ type });
      expect(send).toHaveBeenCalledTimes(1);
    },
  );
});
