// What both APIs do before anything is connected: read and refuse options, make the link.
import { UsageError, type Sealwire } from '@sealwire/core';
import type { Options } from 'amqplib';
import { BrokerAccess } from './broker-access.js';
import { brokerAddress } from './broker-address.js';
import { ConnectionReports } from './connection-reports.js';
import { refuseDecided, type SecureConnectOptions } from './connect-options.js';
import { makeLink, type Link } from './link.js';
import { socketOptions } from './socket-options.js';

export interface PreparedConnection {
  readonly access: BrokerAccess;
  readonly link: Link;
}

/** @throws UsageError, see secureConnect */
export function prepareConnection(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options: Omit<SecureConnectOptions, 'recovery'>,
): PreparedConnection {
  const access = brokerAccess(sealwire, url, options);
  return { access, link: makeLink(sealwire, access, options.describe ?? null) };
}

/**
 * For who connects later: refuses now what `secureConnect` would refuse before it connects.
 * @throws UsageError, see secureConnect
 */
export function checkConnect(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options: Omit<SecureConnectOptions, 'recovery'> = {},
): void {
  brokerAccess(sealwire, url, options);
}

function brokerAccess(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options: Omit<SecureConnectOptions, 'recovery'>,
): BrokerAccess {
  if (!sealwire.synchronous)
    throw new UsageError(
      'ERR_USAGE_KEY_STORE',
      'amqplib’s publish answers at once, and this key store (a token or a service) does not: nothing was connected. Give this agent keys in files (keys.folder), or let it use Kafka.',
    );
  const guard = sealwire.connection('rabbitmq');
  refuseDecided(options, guard);
  const address = brokerAddress(url, guard);
  const socket = socketOptions(address.hostname, options, guard);
  return new BrokerAccess(guard, new ConnectionReports(sealwire, address), address, socket);
}

/** As amqplib reads it. */
export function wantsRecovery(recovery: object | boolean | undefined): boolean {
  if (recovery === undefined || recovery === null || recovery === false) return false;
  return recovery === true || (recovery as { readonly enabled?: boolean }).enabled !== false;
}
