// Where the broker is: reads amqplib’s two forms of an address, and refuses what would weaken the connection.
import { UsageError, type ConnectionGuard } from '@sealwire/core';
import type { Options } from 'amqplib';
import { refuseDecided } from './connect-options.js';

/** An address in amqplib’s object form, always amqps. */
export type BrokerAddress = Options.Connect & { readonly protocol: 'amqps'; hostname: string; port: number };

const tuning = ['channelMax', 'frameMax', 'heartbeat', 'maxFrameSize'] as const;

/**
 * @param url `amqps://host:port/vhost?heartbeat=…` or the object form, without credentials
 * @throws UsageError ERR_USAGE_CONNECTION for plaintext, credentials and parameters that the policy decides;
 * ERR_USAGE_ARGUMENT for what is no address
 */
export function brokerAddress(url: string | Options.Connect, guard: ConnectionGuard): BrokerAddress {
  return typeof url === 'string' ? fromText(url, guard) : fromObject(url, guard);
}

function fromText(text: string, guard: ConnectionGuard): BrokerAddress {
  // Neither the text nor the parser's error is repeated: there may be a password in it.
  if (!URL.canParse(text)) throw unusable('it is not a URL; write amqps://host:5671/vhost');
  const url = new URL(text);
  const parameters: Record<string, string> = {};
  for (const [name, value] of url.searchParams) parameters[name] ??= value;
  return fromObject(
    {
      protocol: url.protocol.slice(0, -1),
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      ...(url.username === '' ? {} : { username: url.username }),
      ...(url.password === '' ? {} : { password: url.password }),
      vhost: url.pathname.slice(1),
      ...parameters,
    },
    guard,
  );
}

function fromObject(given: Options.Connect, guard: ConnectionGuard): BrokerAddress {
  if (given === null || typeof given !== 'object') throw unusable('it is neither a string nor an object');
  const { protocol = 'amqps', hostname = 'localhost', port = 5671, vhost, locale, ...rest } = given;
  if (protocol.replace(/:$/, '') !== 'amqps')
    throw new UsageError(
      'ERR_USAGE_CONNECTION',
      `The protocol ${protocol.slice(0, 16)} is not encrypted: write amqps and the broker’s TLS port (usually 5671).`,
    );
  if (typeof hostname !== 'string' || hostname === '') throw unusable('the host name is missing');
  const address: BrokerAddress = { protocol: 'amqps', hostname, port: wholeNumber('port', port, 65_535) };
  if (vhost !== undefined) address.vhost = vhost;
  if (locale !== undefined) address.locale = locale;
  const others: Record<string, unknown> = { ...rest };
  for (const name of tuning) {
    const value = others[name];
    Reflect.deleteProperty(others, name);
    if (value !== undefined && value !== null) address[name] = wholeNumber(name, value, 2 ** 32 - 1);
  }
  refuseDecided(others, guard);
  return address;
}

function wholeNumber(name: string, value: unknown, max: number): number {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (!Number.isInteger(number) || (number as number) < 0 || (number as number) > max)
    throw unusable(`${name} must be a whole number from 0 to ${max}`);
  return number as number;
}

function unusable(why: string): UsageError {
  return new UsageError('ERR_USAGE_ARGUMENT', `The broker’s address cannot be used: ${why}.`);
}
