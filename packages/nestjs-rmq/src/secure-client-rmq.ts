// Nest’s RabbitMQ client, sealed.
import { SecureConnectionManager } from '@sealwire/amqp-connection-manager';
import { ClientRMQ } from '@nestjs/microservices';
import { defaultUrls, managerOptions, type SecureRmqTransportOptions } from './options.js';

/**
 * A `customClass` for `ClientsModule`. Requests and events are sealed, replies are opened, every connection is the
 * policy’s; everything else is Nest’s own.
 */
export class SecureClientRMQ extends ClientRMQ {
  readonly #make: () => SecureConnectionManager;

  /** @throws UsageError ERR_USAGE_CONNECTION, see secureConnectionManager */
  constructor(options: SecureRmqTransportOptions) {
    super(options);
    this.#make = () =>
      new SecureConnectionManager(options.sealwire, options.urls ?? defaultUrls, managerOptions(options));
    this.#make(); // says now what is weaker than the policy; connects nothing
  }

  override createClient(): SecureConnectionManager {
    const manager = this.#make();
    manager.connect().catch(() => undefined); // told by `connectFailed`
    return manager;
  }
}
