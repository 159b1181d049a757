// Both ends of the transport, in the forms that Nest takes.
import type { CustomClientOptions, CustomStrategy } from '@nestjs/microservices';
import type { SecureRmqTransportOptions } from './options.js';
import { SecureClientRMQ } from './secure-client-rmq.js';
import { SecureServerRMQ } from './secure-server-rmq.js';

/**
 * For `createMicroservice` and `connectMicroservice`, in place of `{ transport: Transport.RMQ, options }`.
 * @throws UsageError ERR_USAGE_CONNECTION where the options are weaker than the policy
 */
export function secureRmqServer(options: SecureRmqTransportOptions): CustomStrategy {
  return { strategy: new SecureServerRMQ(options) };
}

/**
 * For `ClientsModule`, `ClientProxyFactory` and `@Client`, in place of `{ transport: Transport.RMQ, options }`. What is weaker than
 * the policy is refused when Nest makes the client.
 */
export function secureRmqClient(options: SecureRmqTransportOptions): CustomClientOptions {
  // Nest’s types allow none of its own clients here: their states are narrower than any text.
  const customClass = SecureClientRMQ as unknown as CustomClientOptions['customClass'];
  return { customClass, options };
}
