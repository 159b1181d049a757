// kafkajs’ transaction with sealed sends; its records are concluded when it ends, as what it made of them.
import type { AuditEvent, InClear, Sealed } from '@sealwire/core';
import type { Offsets, ProducerBatch, Transaction } from 'kafkajs';
import { sendOffsets } from './send-offsets.js';
import type { Conclude, Sending } from './sending.js';
import type { BegunTransaction } from './transactions.js';

/** Offsets that may be committed, with the state as of each. */
export interface SettledOffsets {
  readonly offsets: Offsets;
  /** To be called when they are committed. */
  committed(): void;
}

/**
 * Wraps a transaction. Records that brokers took are audited as acknowledged when the transaction is committed, as
 * failed when it is aborted, and as unknown when nobody knows.
 * @param settle audits what was handled before these offsets, so that they may be committed
 */
export function secureTransaction(
  { transaction: inner, sends, ended }: BegunTransaction,
  sending: Sending,
  settle: (groupId: string, offsets: Offsets) => Promise<SettledOffsets>,
): Transaction {
  let taken: (Sealed | InClear)[] = [];
  const sent: SettledOffsets[] = [];
  const keep: Conclude = async (sealed, outcome, facts) => {
    if (outcome !== 'acknowledged') return sending.concludeNow(sealed, outcome, facts);
    for (const each of sealed) taken.push(each);
  };
  const concludeTaken = (outcome: 'acknowledged' | 'failed' | 'unknown', facts: AuditEvent['facts']) => {
    const sealed = taken;
    taken = [];
    return sealed.length === 0 ? Promise.resolve() : sending.concludeNow(sealed, outcome, facts);
  };
  const end = async (action: () => Promise<void>, outcome: 'acknowledged' | 'failed', name: string) => {
    try {
      await action();
    } catch (error) {
      // While it is active the caller can still end it otherwise.
      if (!inner.isActive()) void concludeTaken('unknown', { transaction: 'unknown' });
      throw error;
    } finally {
      ended();
    }
    await concludeTaken(outcome, { transaction: name });
  };
  const sendBatch = (batch: ProducerBatch): ReturnType<Transaction['sendBatch']> =>
    sending.send(sends, batch, keep);
  return {
    send: ({ topic, messages, ...rest }) =>
      inner.isActive()
        ? sendBatch({ ...rest, topicMessages: [{ topic, messages }] })
        : inner.send({ topic, messages: [] }),
    sendBatch: (batch) => (inner.isActive() ? sendBatch(batch) : inner.sendBatch({ topicMessages: [] })),
    sendOffsets: async (offsets) => {
      const settled = await settle(offsets.consumerGroupId, offsets);
      await sendOffsets(inner, { ...offsets, ...settled.offsets });
      sent.push(settled);
    },
    commit: async () => {
      await end(() => inner.commit(), 'acknowledged', 'committed');
      for (const settled of sent.splice(0)) settled.committed();
    },
    abort: () => end(() => inner.abort(), 'failed', 'aborted'),
    isActive: () => inner.isActive(),
  };
}
