// What both ends of the transport take.
import type { Sealwire } from '@sealwire/core';
import type { SecureKafkaConfig, SecureKafkaOptions } from '@sealwire/kafka';
import { KafkaLogger, type KafkaOptions } from '@nestjs/microservices';
import { ValuedKafka } from './valued-kafka.js';

/** Nest’s own options of its Kafka transport, and whose policy decides. */
export type SecureKafkaTransportOptions = Required<KafkaOptions>['options'] &
  SecureKafkaOptions & {
    readonly sealwire: Sealwire;
  };

/** What Nest’s transports pass to kafkajs beyond `client`. */
interface Decided {
  readonly clientId: string;
  readonly brokers: unknown;
  readonly logger: unknown;
}

/**
 * As Nest makes its own client, which the policy then decides about.
 * @throws UsageError, see secureKafka
 */
export function nestKafka(
  { sealwire, client, describe }: SecureKafkaTransportOptions,
  { clientId, brokers, logger }: Decided,
): ValuedKafka {
  const config = { logCreator: KafkaLogger.bind(null, logger), ...client, clientId, brokers };
  return new ValuedKafka(
    sealwire,
    config as unknown as SecureKafkaConfig,
    describe === undefined ? {} : { describe },
  );
}
