// Nest’s Kafka server, sealed.
import { ServerKafka } from '@nestjs/microservices';
import { OpenedParser } from './opened-parser.js';
import { nestKafka, type SecureKafkaTransportOptions } from './options.js';
import type { ValuedKafka } from './valued-kafka.js';

/**
 * A strategy for `createMicroservice` and `connectMicroservice`. Handlers get opened messages, replies are sealed;
 * everything else is Nest’s own.
 */
export class SecureServerKafka extends ServerKafka {
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
