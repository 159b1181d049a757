// Nest’s RabbitMQ server, sealed.
import { ServerRMQ } from '@nestjs/microservices';
import { defaultUrls, managerOptions, type SecureRmqTransportOptions } from './options.js';
import { ReplyingManager } from './replying-manager.js';

/**
 * A strategy for `createMicroservice` and `connectMicroservice`. Handlers get opened messages, replies are sealed, every
 * connection is the policy’s; everything else is Nest’s own.
 */
export class SecureServerRMQ extends ServerRMQ {
  readonly #make: () => ReplyingManager;

  /** @throws UsageError ERR_USAGE_CONNECTION, see secureConnectionManager */
  constructor(options: SecureRmqTransportOptions) {
    super(options);
    this.#make = () =>
      new ReplyingManager(options.sealwire, options.urls ?? defaultUrls, managerOptions(options));
    this.#make(); // says now what is weaker than the policy; connects nothing
  }

  override createClient<T>(): Promise<T> {
    const manager = this.#make();
    manager.lost = (error) => this.handleError(String(error));
    manager.connect().catch(() => undefined); // told by `connectFailed`
    return Promise.resolve(manager as T);
  }
}
