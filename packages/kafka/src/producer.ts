// kafkajs’ producer with sealed sends.
import type { Offsets, Producer } from 'kafkajs';
import { connectError, leaving } from './connect-error.js';
import type { LiveClients } from './live-clients.js';
import type { Sending } from './sending.js';
import { secureTransaction, type SettledOffsets } from './transaction.js';

export interface ProducerParts {
  readonly sending: Sending;
  readonly clients: LiveClients;
  /** What must hold before the first message. */
  readonly prepare: () => Promise<void>;
  /** Audits what a consumer of this group has handled before these offsets, and adds the state as of them. */
  readonly settle: (groupId: string, offsets: Offsets) => Promise<SettledOffsets>;
}

/** Wraps kafkajs’ producer. All methods can be called unbound, as kafkajs’ own. */
export function secureProducer(
  inner: Producer,
  { sending, clients, prepare, settle }: ProducerParts,
): Producer {
  inner.on(inner.events.DISCONNECT, () => clients.remove(inner));
  const sendBatch: Producer['sendBatch'] = (batch) => {
    // kafkajs refuses this itself, with its own error; it must not see a message while it does.
    const refused = inner.isIdempotent() && batch.acks !== undefined && batch.acks !== -1;
    return refused
      ? inner.sendBatch({ ...batch, topicMessages: [] })
      : sending.send(inner, batch, sending.concludeNow);
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
      await inner.disconnect();
      await clients.left();
    },
    send: ({ topic, messages, ...rest }) => sendBatch({ ...rest, topicMessages: [{ topic, messages }] }),
    sendBatch,
    transaction: async () => secureTransaction(await inner.transaction(), sending, settle),
    isIdempotent: () => inner.isIdempotent(),
    on: ((...listener: Parameters<Producer['on']>) => inner.on(...listener)) as Producer['on'],
    events: inner.events,
    logger: () => inner.logger(),
  };
}
