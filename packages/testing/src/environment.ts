// Brokers that somebody else runs, named by environment variables.
import { UsageError } from '@sealwire/core';
import type { BrokerTls, BrokerUser, KafkaCluster, RabbitmqNode } from './brokers.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What brokers of the environment trust and know; a caller makes its clients from it in place of what it would make itself. */
export interface BrokerCredentials {
  /** The CA of the brokers, and a client certificate with its key that they accept. */
  readonly tls: BrokerTls;
  readonly admin: BrokerUser;
  readonly users: readonly BrokerUser[];
}

/** The variable that names each broker's address. */
export const addressVariable = {
  kafka: 'SEALWIRE_KAFKA_BROKERS',
  rabbitmq: 'SEALWIRE_RABBITMQ_URL',
  redis: 'SEALWIRE_REDIS_URL',
} as const;

const words = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/**
 * Null where neither address is set. Otherwise SEALWIRE_BROKER_TLS_CA, _CERT and _KEY (files), SEALWIRE_BROKER_ADMIN
 * (`name:password`) and SEALWIRE_BROKER_USERS (the same, comma-separated); throws ERR_USAGE_ARGUMENT where one is missing.
 */
export function environmentCredentials(environment: Environment = process.env): BrokerCredentials | null {
  if (![addressVariable.kafka, addressVariable.rabbitmq].some((name) => environment[name])) return null;
  const need = (name: string): string => {
    const value = environment[name];
    if (!value)
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `Brokers are taken from the environment, but ${name} is not set; set it.`,
      );
    return value;
  };
  const user = (text: string): BrokerUser => {
    const colon = text.indexOf(':');
    if (colon < 1)
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        'SEALWIRE_BROKER_ADMIN and _USERS hold name:password; correct them.',
      );
    return { name: text.slice(0, colon), password: text.slice(colon + 1) };
  };
  return {
    tls: {
      caFile: need('SEALWIRE_BROKER_TLS_CA'),
      certFile: need('SEALWIRE_BROKER_TLS_CERT'),
      keyFile: need('SEALWIRE_BROKER_TLS_KEY'),
    },
    admin: user(need('SEALWIRE_BROKER_ADMIN')),
    users: words(need('SEALWIRE_BROKER_USERS')).map(user),
  };
}

function notOurs(): Promise<never> {
  return Promise.reject(
    new UsageError(
      'ERR_USAGE_ARGUMENT',
      'A broker of the environment is not stopped or started from here; unset its address to have one that can be.',
    ),
  );
}

/** SEALWIRE_KAFKA_BROKERS and _PLAINTEXT_BROKERS (`host:port`, comma-separated), SEALWIRE_KAFKA_DATA (folders, comma-separated). */
export function environmentKafka(environment: Environment = process.env): KafkaCluster {
  return {
    how: 'environment',
    version: 'unknown',
    brokers: words(environment['SEALWIRE_KAFKA_BROKERS']),
    plaintextBrokers: words(environment['SEALWIRE_KAFKA_PLAINTEXT_BROKERS']),
    proxiedPort: null,
    dataFolders: words(environment['SEALWIRE_KAFKA_DATA']),
    stopBroker: notOurs,
    startBroker: notOurs,
  };
}

/** SEALWIRE_RABBITMQ_URL, _PLAINTEXT_URL and _MANAGEMENT_URL (without credentials), SEALWIRE_RABBITMQ_DATA (folders, comma-separated). */
export function environmentRabbitmq(environment: Environment = process.env): RabbitmqNode {
  return {
    how: 'environment',
    version: 'unknown',
    url: environment['SEALWIRE_RABBITMQ_URL'] ?? '',
    plaintextUrl: environment['SEALWIRE_RABBITMQ_PLAINTEXT_URL'] ?? null,
    managementUrl: environment['SEALWIRE_RABBITMQ_MANAGEMENT_URL'] ?? null,
    managementTlsUrl: environment['SEALWIRE_RABBITMQ_MANAGEMENT_TLS_URL'] ?? null,
    dataFolders: words(environment['SEALWIRE_RABBITMQ_DATA']),
    stopNode: notOurs,
    startNode: notOurs,
  };
}
