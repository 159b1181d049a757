// Builds amqplib’s socket options from the policy: TLS, the check of the broker’s name, credentials.
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { UsageError, type ConnectionGuard } from '@sealwire/core';
import amqplib, { type SocketOptions } from 'amqplib';
import type { SecureConnectOptions } from './connect-options.js';
import { NextSocket } from './next-socket.js';
import { RenewedOptions } from './renewed-options.js';

type Credentials = NonNullable<SocketOptions['credentials']>;

const defaultTimeoutMs = 10_000;

/** What amqplib writes to the socket in one turn of the event loop: two batches of sealed messages of 1 KiB. */
const socketBufferBytes = 256 * 1024;

/**
 * Addresses are checked before a socket is opened; chain, name, TLS version, the address again, and whether the broker asks
 * for the client certificate within the handshake, so before amqplib sends credentials; all of it again on every reconnect, because amqplib uses the same options for all. Certificates and
 * keys that were renewed on disk are in place when the next socket is opened.
 * @throws UsageError ERR_USAGE_SASL where the policy names a mechanism that RabbitMQ does not have
 */
export function socketOptions(
  host: string,
  options: SecureConnectOptions,
  guard: ConnectionGuard,
): SocketOptions {
  const tls = guard.tlsOptions(host);
  /** Of the connection that is about to be made, or was last. */
  let terms = tls;
  const files = new RenewedOptions();
  const sockets = new NextSocket();
  const { noDelay, keepAlive, keepAliveDelay, clientProperties, timeout = defaultTimeoutMs } = options;
  // Not in amqplib’s types: it gives what it gets to `tls.connect`, which hands this to the socket.
  const buffer = { highWaterMark: socketBufferBytes };
  return {
    ...tls,
    ...files.options,
    ...buffer,
    rejectUnauthorized: true,
    lookup: (name, asked, done) => (terms.lookup ?? lookup)(name, asked, done),
    checkServerIdentity: (name, certificate) => {
      const socket = sockets.take();
      return (
        checkServerIdentity(name, certificate) ??
        terms.checkServerIdentity?.(name, certificate) ??
        refusalOf(() => guard.checkPeer(socket ?? unseen()))
      );
    },
    credentials: afterCheck(credentials(guard), () => {
      if (isIP(host) !== 0) guard.checkAddress(host, host);
      const now = guard.tlsOptions(host);
      // An accepted weakness may have ended or the policy changed, and amqplib keeps what it was given at first.
      if (now.minVersion !== tls.minVersion || now.servername !== tls.servername) refuseOldTerms();
      terms = now;
      files.renew(now);
      sockets.expect();
    }),
    timeout,
    ...(noDelay === undefined ? {} : { noDelay }),
    ...(keepAlive === undefined ? {} : { keepAlive }),
    ...(keepAliveDelay === undefined ? {} : { keepAliveDelay }),
    ...(clientProperties === undefined ? {} : { clientProperties }),
  };
}

function refusalOf(check: () => void): Error | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function unseen(): never {
  throw new UsageError(
    'ERR_USAGE_CONNECTION',
    'Node.js does not tell of the socket of this connection (diagnostics channel net.client.socket), so that it cannot be judged before the login. Use a version of Node.js that does.',
  );
}

function refuseOldTerms(): never {
  throw new UsageError(
    'ERR_USAGE_CONNECTION',
    'The TLS version or server name that this connection was opened with is no longer what the policy says: no reconnect. Enable TLS 1.3 at the broker, then open the connection anew.',
  );
}

/** amqplib asks for them anew each time that it is about to open a socket; what is thrown then is its failure to connect. */
function afterCheck(given: Credentials, check: () => void): Credentials {
  return {
    mechanism: given.mechanism,
    response() {
      check();
      return given.response();
    },
  };
}

/** Always given, because amqplib’s default is the user guest. */
function credentials(guard: ConnectionGuard): Credentials {
  const { sasl } = guard;
  if (sasl?.mechanism === 'PLAIN') return amqplib.credentials.plain(sasl.username, sasl.password);
  if (sasl?.mechanism === 'EXTERNAL') return amqplib.credentials.external();
  throw new UsageError(
    'ERR_USAGE_SASL',
    'RabbitMQ logs in with PLAIN (user and password) or EXTERNAL (client certificate): name one of them for rabbitmq in sealwire.yaml.',
  );
}
