// The part of kafkajs’ configuration that the policy decides.
import type { ConnectionGuard } from '@sealwire/core';
import type { KafkaConfig } from 'kafkajs';
import { guardedSockets, saslOptions, type ConnectionObserver } from './connection.js';
import { definedOptions } from './defined-of.js';

/** kafkajs’ own default is a second: TLS 1.3 with client certificates needs more. */
const connectionTimeoutMs = 5000;

/** @throws UsageError ERR_USAGE_CONNECTION where the configuration would decide about the connection; ERR_USAGE_SASL */
export function guardedConfig<Config extends Omit<KafkaConfig, 'ssl' | 'sasl' | 'socketFactory'>>(
  guard: ConnectionGuard,
  config: Config,
  observer: ConnectionObserver,
): KafkaConfig {
  guard.refuseWeaker({ ...config });
  const sasl = saslOptions(guard);
  return {
    connectionTimeout: connectionTimeoutMs,
    ...definedOptions(config),
    ssl: true,
    ...(sasl === undefined ? {} : { sasl }),
    socketFactory: guardedSockets(guard, observer),
  };
}
