// Both ends of the transport, in the forms that Nest takes.
import type { CustomClientOptions, CustomStrategy } from '@nestjs/microservices';
import type { SecureKafkaTransportOptions } from './options.js';
import { SecureClientKafka } from './secure-client-kafka.js';
import { SecureServerKafka } from './secure-server-kafka.js';

/**
 * For `createMicroservice` and `connectMicroservice`, in place of `{ transport: Transport.KAFKA, options }`.
 * @throws UsageError ERR_USAGE_CONNECTION where the options are weaker than the policy
 */
export function secureKafkaServer(options: SecureKafkaTransportOptions): CustomStrategy {
  return { strategy: new SecureServerKafka(options) };
}

/**
 * For `ClientsModule`, `ClientProxyFactory` and `@Client`, in place of `{ transport: Transport.KAFKA, options }`. What is weaker than
 * the policy is refused when Nest makes the client.
 */
export function secureKafkaClient(options: SecureKafkaTransportOptions): CustomClientOptions {
  // Nest’s types allow none of its own clients here: their states are narrower than any text.
  const customClass = SecureClientKafka as unknown as CustomClientOptions['customClass'];
  return { customClass, options };
}
