// Where brokers listen, as the operator gives it, and as they say themselves.
import { UsageError, type Transport } from '@sealwire/core';
import type { DoctorOptions } from './doctor-options.js';

export interface BrokerPlace {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
}

export const nameOf = ({ host, port }: Pick<BrokerPlace, 'host' | 'port'>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function givenPlaces({ kafka, rabbitmq }: DoctorOptions): readonly BrokerPlace[] {
  return [
    ...kafkaBrokers(kafka).map(kafkaPlace),
    ...(rabbitmq === undefined ? [] : [rabbitmqPlace(rabbitmq)]),
  ];
}

/** `host:port` each. */
export const kafkaBrokers = (given = ''): readonly string[] =>
  given
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

function kafkaPlace(text: string): BrokerPlace {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@]+)):(\d{1,5})$/.exec(text);
  if (match === null)
    throw new UsageError('ERR_USAGE_ARGUMENT', '--kafka must be host:port, or several with commas.');
  return { transport: 'kafka', host: (match[1] ?? match[2])!, port: Number(match[3]) };
}

/** The URL is not quoted: it may hold a password. */
function rabbitmqPlace(text: string): BrokerPlace {
  const url = URL.parse(text);
  if (url?.protocol !== 'amqps:' || url.hostname === '' || url.username !== '' || url.password !== '')
    throw new UsageError('ERR_USAGE_ARGUMENT', '--rabbitmq must be amqps://host:port, without credentials.');
  return {
    transport: 'rabbitmq',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5671 : Number(url.port),
  };
}
