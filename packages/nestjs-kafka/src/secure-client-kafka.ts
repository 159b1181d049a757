// Nest’s Kafka client, sealed.
import { ClientKafka } from '@nestjs/microservices';
import { OpenedParser } from './opened-parser.js';
import { nestKafka, type SecureKafkaTransportOptions } from './options.js';
import type { ValuedKafka } from './valued-kafka.js';

/** A `customClass` for `ClientsModule`. Requests and events are sealed, replies are opened; everything else is Nest’s own. */
export class SecureClientKafka extends ClientKafka {
  readonly #kafka: ValuedKafka;

  /** @throws UsageError ERR_USAGE_CONNECTION, ERR_USAGE_SASL, ERR_USAGE_POLICY, see secureKafka */
  constructor(options: SecureKafkaTransportOptions) {
    super(options);
    this.parser = new OpenedParser(options.parser);
    const { clientId, brokers, logger } = this;
    this.#kafka = nestKafka(options, { clientId, brokers, logger });
  }

  override createClient<T>(): Promise<T> {
    return Promise.resolve(this.#kafka as T);
  }
}
