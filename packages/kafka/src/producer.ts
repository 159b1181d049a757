// kafkajs’ producer with sealed sends.
import type { Offsets, Producer } from 'kafkajs';
import { connectError, leaving } from './connect-error.js';
import { InSequence } from './in-sequence.js';
import type { LiveClients } from './live-clients.js';
import type { Sending } from './sending.js';
import { secureTransaction, type SettledOffsets } from './transaction.js';
import { Transactions } from './transactions.js';

export interface ProducerParts {
  readonly sending: Sending;
  readonly clients: LiveClients;
  /** What must hold before the first message. */
  readonly prepare: () => Promise<void>;
  /** Audits what a consumer of this group has handled before these offsets, and adds the state as of them. */
  readonly settle: (groupId: string, offsets: Offsets) => Promise<SettledOffsets>;
  /** Makes another of kafkajs’ producers with the same configuration. */
  readonly another: () => Producer;
}

/** Wraps kafkajs’ producer. All methods can be called unbound, as kafkajs’ own. */
export function secureProducer(
  inner: Producer,
  { sending, clients, prepare, settle, another }: ProducerParts,
): Producer {
  const sends = inner.isIdempotent() ? new InSequence(inner, inner.logger()) : null;
  const transactions = new Transactions(inner, another);
  inner.on(inner.events.DISCONNECT, () => clients.remove(inner));
  const sendBatch: Producer['sendBatch'] = (batch) => {
    // kafkajs refuses this itself, with its own error; it must not see a message while it does.
    const refused = inner.isIdempotent() && batch.acks !== undefined && batch.acks !== -1;
    if (refused) return inner.sendBatch({ ...batch, topicMessages: [] });
    return sending.send(sends ?? inner, batch, sending.concludeNow);
  };
  return {
    connect: async () => {
      clients.add(inner);
      try {
        await inner.connect();
        await prepare().catch(leaving(inner));
      } catch (error) {
        clients.remove(inner);
        throw connectError(error);
      }
    },
    disconnect: async () => {
      await transactions.disconnect().catch(() => undefined);
      await inner.disconnect();
      await clients.left();
    },
    send: ({ topic, messages, ...rest }) => sendBatch({ ...rest, topicMessages: [{ topic, messages }] }),
    sendBatch,
    transaction: async () => secureTransaction(await transactions.begin(), sending, settle),
    isIdempotent: () => inner.isIdempotent(),
    on: ((...listener: Parameters<Producer['on']>) => inner.on(...listener)) as Producer['on'],
    events: inner.events,
    logger: () => inner.logger(),
  };
}
