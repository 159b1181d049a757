// Whether an agent may write to a topic, asked without writing to it: for tools.
import type { ConnectionGuard } from '@sealwire/core';
import { withToolClient } from './tool-client.js';

/** `refused`: not allowed. Another text is Kafka’s own name for what is in the way. */
export type WriteAnswer = 'allowed' | 'refused' | (string & {});

/** Enough to be too large for most topics, and little enough to be sent. */
const mostBytes = 32 * 1024 * 1024;

/**
 * Sends a record that is larger than the topic takes. A broker asks first who is writing, then whether enough replicas
 * are there, then how large it is, so that it refuses the record for its size only where everything else was good.
 * Nothing is written.
 * @param limitBytes the topic’s max.message.bytes
 * @returns `null` where its records may be larger than is tried
 * @throws UsageError ERR_USAGE_TLS, ERR_USAGE_SASL; InabilityError ERR_UNABLE_CONNECTION
 */
export async function mayWrite(
  guard: ConnectionGuard,
  brokers: readonly string[],
  topic: string,
  limitBytes: number,
): Promise<WriteAnswer | null> {
  if (limitBytes > mostBytes) return null;
  return withToolClient(guard, brokers, async ({ kafka }) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 2 } });
    await producer.connect();
    try {
      await producer.send({
        topic,
        acks: -1,
        messages: [{ value: Buffer.alloc(limitBytes + 1), partition: 0 }],
      });
      return 'it took a record that is larger than its limit';
    } catch (error) {
      const type = typeOf(error);
      if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') return 'allowed';
      if (type === 'TOPIC_AUTHORIZATION_FAILED') return 'refused';
      if (type !== null) return type;
      throw error;
    } finally {
      await producer.disconnect();
    }
  });
}

function typeOf(error: unknown): string | null {
  for (let link: unknown = error; typeof link === 'object' && link !== null;) {
    const { type, cause } = link as { readonly type?: unknown; readonly cause?: unknown };
    if (typeof type === 'string') return type;
    link = cause;
  }
  return null;
}
