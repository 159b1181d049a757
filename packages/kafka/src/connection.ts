// Opens every connection to a broker as the policy asks, and judges it before a credential is sent.
import { isIP, Socket } from 'node:net';
import tls from 'node:tls';
import {
  handshakeFailure,
  hungUp,
  SealwireError,
  UsageError,
  type ConnectionGuard,
  type PeerFacts,
} from '@sealwire/core';
import type { ISocketFactory, Mechanism, SASLOptions } from 'kafkajs';
import { bearerAuthentication } from './bearer-authentication.js';
import { passwordLogin } from './password-login.js';

const keepAliveMs = 60_000;

/** Is told about every connection; must not throw. */
export interface ConnectionObserver {
  /** @returns what is to be told how it ended: of an error that ended it, or `null`; undefined where nobody asks */
  opened(host: string, port: number, peer: PeerFacts): ((error: Error | null) => void) | undefined;
  refused(host: string, port: number, error: Error): void;
}

/**
 * Makes kafkajs’ socket factory. It is called for every connection: seed brokers, advertised listeners and reconnects.
 * kafkajs hears that a socket is connected only after the guard has judged it; otherwise the socket is destroyed with
 * the guard’s error, whose message and code kafkajs keeps. The address at the other end is judged before TLS begins.
 */
export function guardedSockets(guard: ConnectionGuard, observer: ConnectionObserver): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const broker = `${host}:${port}`;
    let judged = false;
    let closed: ((error: Error | null) => void) | undefined;
    let lost: Error | null = null;
    let options: tls.ConnectionOptions;
    try {
      if (isIP(host) !== 0) guard.checkAddress(host, host);
      options = guard.tlsOptions(host);
    } catch (error) {
      observer.refused(host, port, error as Error);
      return refusedSocket(error as Error);
    }
    const socket = tls.connect({ ...options, host, port }, () => {
      try {
        const peer = guard.judge(socket);
        judged = true;
        closed = observer.opened(host, port, peer);
      } catch (error) {
        socket.destroy(error as Error);
        return;
      }
      onConnect();
    });
    let reached = false;
    // First of all that hear of it: TLS begins with the next listener, and not on a socket that is destroyed.
    socket.prependOnceListener('connect', () => {
      reached = true;
      try {
        guard.checkAddress(host, socket.remoteAddress ?? '');
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.once('error', (error: Error) => {
      if (judged) {
        lost = error;
        return;
      }
      const failure = failureOf(error, broker, reached);
      // kafkajs, which hears of it next, keeps message and code alone.
      if (failure !== null) Object.assign(error, { code: failure.code, message: failure.message });
      observer.refused(host, port, failure ?? error);
    });
    socket.setKeepAlive(true, keepAliveMs);
    // kafkajs lets go of it at every disconnect, long after it was closed too: each time Node would wait for it to connect.
    socket.once('close', () => {
      socket.unref = () => socket;
      closed?.(lost);
    });
    return socket;
  };
}

/** `null` where it says what it is by itself. */
function failureOf(error: Error, broker: string, reached: boolean): SealwireError | null {
  if (error instanceof SealwireError) return null;
  const { code } = error as NodeJS.ErrnoException;
  const failure = handshakeFailure(error, broker);
  // A plaintext listener of Kafka’s resets the connection.
  return failure === null && reached && (code === 'ECONNRESET' || code === 'EPIPE')
    ? hungUp(broker, { broker, reason: code }, error)
    : failure;
}

/** kafkajs keeps the code of an error that a socket tells, but not of one that is thrown. */
function refusedSocket(error: Error): Socket {
  const socket = new Socket();
  process.nextTick(() => socket.destroy(error));
  return socket;
}

/**
 * The policy’s credentials in kafkajs’ form: a fresh object, because kafkajs writes into it.
 * @throws UsageError ERR_USAGE_SASL for a mechanism that Kafka does not have
 */
export function saslOptions(guard: ConnectionGuard): SASLOptions | Mechanism | undefined {
  const { sasl } = guard;
  if (sasl === null) return undefined;
  if (sasl.mechanism === 'OAUTHBEARER') return bearerAuthentication(() => tokenOf(guard));
  const { mechanism, username, password } = sasl;
  switch (mechanism) {
    case 'SCRAM-SHA-512':
      return passwordLogin({ mechanism: 'scram-sha-512', username, password });
    case 'SCRAM-SHA-256':
      return passwordLogin({ mechanism: 'scram-sha-256', username, password });
    case 'PLAIN':
      return passwordLogin({ mechanism: 'plain', username, password });
    case 'EXTERNAL':
      throw new UsageError(
        'ERR_USAGE_SASL',
        'Kafka has no SASL mechanism EXTERNAL. Remove `sasl` from the policy’s Kafka connection to authenticate by client certificate alone, or name a SCRAM mechanism.',
      );
  }
}

/** Asked of the guard each time: the policy may name another file by then, and no other mechanism. */
async function tokenOf({ sasl }: ConnectionGuard): Promise<string> {
  if (sasl?.mechanism === 'OAUTHBEARER') return sasl.token();
  throw new UsageError('ERR_USAGE_SASL', 'The policy’s mechanism is another than at the start; start anew.');
}
