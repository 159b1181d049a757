// Nest’s messages without a value, which would be tombstones.
import { SecureKafka } from '@sealwire/kafka';
import { KafkaHeaders } from '@nestjs/microservices';

type Producer = ReturnType<SecureKafka['producer']>;
type Message = Parameters<Producer['send']>[0]['messages'][number];

/** Tells the receiving end that there was no value. Travels inside the seal. */
export const noValueHeader = 'sealwire.nest.no-value';

/**
 * A reply that is an error, or that ends what was sent before, has no value in Nest; what it says stands in its headers. On
 * Kafka that is a tombstone, which has no body to seal headers in. So these messages get the JSON value `null`.
 */
export class ValuedKafka extends SecureKafka {
  override producer(...config: Parameters<SecureKafka['producer']>): Producer {
    const inner = super.producer(...config);
    return {
      ...inner,
      send: (record) => inner.send({ ...record, messages: record.messages.map(valued) }),
    };
  }
}

function valued(message: Message): Message {
  const { value, headers } = message;
  // Others are tombstones on purpose.
  if (value !== null || headers?.[KafkaHeaders.CORRELATION_ID] === undefined) return message;
  return { ...message, value: 'null', headers: { ...headers, [noValueHeader]: '1' } };
}
