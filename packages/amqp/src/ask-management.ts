// One request to RabbitMQ’s management API: over a connection of its own, judged before the password is sent.
import { request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { UsageError, type ConnectionGuard } from '@sealwire/core';
import { connectionFailure } from './connection-failure.js';

export interface ManagementLogin {
  readonly user: string;
  readonly password: string;
}

export interface ManagementRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Below `/api/`, in parts as they are: they are encoded here. */
  readonly path: readonly string[];
  /** `null`: asks without one. */
  readonly login: ManagementLogin | null;
  readonly body?: object;
  /** For all of it, from the connection to the last byte. */
  readonly limitMs: number;
  readonly maxAnswerBytes: number;
}

export interface ManagementAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** Its clock, to the second; `null` where it does not say. */
  readonly dateMs: number | null;
}

/**
 * TLS as the policy has it for the broker, and judged by the guard; plain HTTP is for this machine only, where nobody is in
 * between: the address at the other end is looked at, whatever the name stands for.
 * @param url `https://host:port`, or `http://` on loopback
 * @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_CONNECTION, ERR_USAGE_TLS, ERR_USAGE_NETWORK; InabilityError
 *   ERR_UNABLE_CONNECTION
 */
export async function askManagement(
  guard: ConnectionGuard,
  url: string,
  asked: ManagementRequest,
): Promise<ManagementAnswer> {
  const place = managementPlace(url);
  try {
    const socket = await judgedSocket(place, guard, asked.limitMs);
    return await answered(socket, place, asked);
  } catch (error) {
    throw connectionFailure(error, place.host, place.port);
  }
}

export interface ManagementPlace {
  readonly encrypted: boolean;
  readonly host: string;
  readonly port: number;
}

/** @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_CONNECTION */
export function managementPlace(given: string): ManagementPlace {
  // What was given is not repeated: there may be a password in it.
  const form = 'Write the management API as https://host:15671, without user, path and parameters.';
  if (!URL.canParse(given)) throw new UsageError('ERR_USAGE_ARGUMENT', form);
  const url = new URL(given);
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isBare || !/^\/?$/.test(url.pathname) || !/^https?:$/.test(url.protocol))
    throw new UsageError('ERR_USAGE_ARGUMENT', form);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const encrypted = url.protocol === 'https:';
  if (!encrypted && host !== 'localhost' && !isLoopback(host))
    throw new UsageError(
      'ERR_USAGE_CONNECTION',
      'Plain HTTP would show the administrator’s password to the network: write https, and the port of the TLS listener (usually 15671). http is taken on this machine only.',
    );
  return { encrypted, host, port: url.port === '' ? (encrypted ? 443 : 80) : Number(url.port) };
}

const isLoopback = (address: string): boolean =>
  isIP(address) !== 0 && (/^127\./.test(address) || address === '::1' || /^::ffff:127\./.test(address));

async function judgedSocket(
  { encrypted, host, port }: ManagementPlace,
  guard: ConnectionGuard,
  limitMs: number,
): Promise<Socket> {
  if (encrypted && isIP(host) !== 0) guard.checkAddress(host, host);
  return new Promise((resolve, reject) => {
    const socket = encrypted
      ? tlsConnect({ ...guard.tlsOptions(host), host, port }, () => {
          judge(() => guard.judge(tls));
        })
      : connect({ host, port }, () => {
          judge(() => {
            // A name may mean any address.
            if (!isLoopback(socket.remoteAddress ?? ''))
              throw new UsageError('ERR_USAGE_CONNECTION', `${host} is not this machine: write https.`);
          });
        });
    const tls = socket as ReturnType<typeof tlsConnect>;
    const judge = (check: () => void): void => {
      try {
        check();
        resolve(socket);
      } catch (error) {
        socket.destroy();
        reject(asError(error));
      }
    };
    // Over all of it: a time limit of the socket’s own begins anew with each byte.
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
      limitMs,
    );
    socket.once('close', () => {
      clearTimeout(timer);
      reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    });
    socket.on('error', reject);
  });
}

function answered(
  socket: Socket,
  { host, port }: ManagementPlace,
  { method, path, login, body, maxAnswerBytes }: ManagementRequest,
): Promise<ManagementAnswer> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? null : Buffer.from(JSON.stringify(body));
    const asked = request(
      {
        createConnection: () => socket,
        method,
        host,
        port,
        path: `/api/${path.map(encodeURIComponent).join('/')}`,
        headers: {
          ...(login === null
            ? {}
            : {
                authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`,
              }),
          accept: 'application/json',
          connection: 'close',
          ...(content === null
            ? {}
            : { 'content-type': 'application/json', 'content-length': content.length }),
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > maxAnswerBytes) response.destroy(new Error('the answer is too large'));
          else parts.push(part);
        });
        response.on('error', reject);
        response.on('end', () => {
          const dateMs = Date.parse(response.headers.date ?? '');
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(parts),
            dateMs: Number.isNaN(dateMs) ? null : dateMs,
          });
        });
      },
    );
    asked.on('error', reject);
    asked.end(content);
  });
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
