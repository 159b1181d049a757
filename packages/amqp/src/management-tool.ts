// Reads and changes permissions over RabbitMQ's management API, for the operator's tool.
import { request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { InabilityError, UsageError } from '@sealwire/core';
import type { ConnectionGuard, RabbitmqPermission, RabbitmqTopicPermission } from '@sealwire/core';
import { connectionFailure } from './connection-failure.js';

/** Who asks. Its user needs the tag `administrator`. */
export interface ManagementLogin {
  readonly user: string;
  readonly password: string;
}

export interface ManagementTool {
  users(): Promise<readonly string[]>;
  permissions(vhost: string): Promise<readonly RabbitmqPermission[]>;
  topicPermissions(vhost: string): Promise<readonly RabbitmqTopicPermission[]>;
  /** Replaces what the user has. */
  setPermission(vhost: string, permission: RabbitmqPermission): Promise<void>;
  removePermission(vhost: string, user: string): Promise<void>;
  /** Replaces what the user has for the exchange. */
  setTopicPermission(vhost: string, permission: RabbitmqTopicPermission): Promise<void>;
}

const timeoutMs = 30_000;
const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * Every request goes over a connection of its own, which is judged as the policy asks before the password is sent:
 * TLS as for the broker. Plain HTTP is for this machine only, where nobody is in between.
 * @param url `https://host:port`, or `http://` on loopback
 * @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_CONNECTION. Its functions: ERR_USAGE_TLS, ERR_USAGE_SASL,
 *   ERR_USAGE_NETWORK, ERR_USAGE_ACL; InabilityError ERR_UNABLE_CONNECTION
 */
export function managementTool(guard: ConnectionGuard, url: string, login: ManagementLogin): ManagementTool {
  const place = placeOf(url);
  const ask = async (method: string, path: readonly string[], body?: object): Promise<unknown> => {
    try {
      const socket = await judgedSocket(place, guard);
      return await answered(socket, place, login, method, path, body);
    } catch (error) {
      throw connectionFailure(error, place.host, place.port);
    }
  };
  return {
    users: async () => rows(await ask('GET', ['users'])).map((row) => text(row, 'name')),
    permissions: async (vhost) =>
      rows(await ask('GET', ['vhosts', vhost, 'permissions'])).map((row) => ({
        user: text(row, 'user'),
        configure: text(row, 'configure'),
        write: text(row, 'write'),
        read: text(row, 'read'),
      })),
    topicPermissions: async (vhost) =>
      rows(await ask('GET', ['vhosts', vhost, 'topic-permissions'])).map((row) => ({
        user: text(row, 'user'),
        exchange: text(row, 'exchange'),
        write: text(row, 'write'),
        read: text(row, 'read'),
      })),
    async setPermission(vhost, { user, ...permission }) {
      await ask('PUT', ['permissions', vhost, user], permission);
    },
    async removePermission(vhost, user) {
      await ask('DELETE', ['permissions', vhost, user]);
    },
    async setTopicPermission(vhost, { user, ...permission }) {
      await ask('PUT', ['topic-permissions', vhost, user], permission);
    },
  };
}

interface Place {
  readonly encrypted: boolean;
  readonly host: string;
  readonly port: number;
}

function placeOf(given: string): Place {
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

function judgedSocket({ encrypted, host, port }: Place, guard: ConnectionGuard): Promise<Socket> {
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
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    );
    socket.on('error', reject);
  });
}

function answered(
  socket: Socket,
  { host, port }: Place,
  { user, password }: ManagementLogin,
  method: string,
  path: readonly string[],
  body: object | undefined,
): Promise<unknown> {
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
          authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
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
          try {
            resolve(judgedAnswer(response.statusCode ?? 0, Buffer.concat(parts), path));
          } catch (error) {
            reject(asError(error));
          }
        });
      },
    );
    asked.on('error', reject);
    asked.end(content);
  });
}

function judgedAnswer(status: number, body: Buffer, path: readonly string[]): unknown {
  if (status === 201 || status === 204) return null;
  if (status === 200) {
    try {
      return JSON.parse(body.toString()) as unknown;
    } catch {
      // Told below: whatever answers there is not RabbitMQ.
    }
  }
  const facts = { status, what: path[0]! };
  if (status === 401)
    throw new UsageError(
      'ERR_USAGE_SASL',
      'The management API refuses the user or the password, or the user lacks the tag administrator. Check them: rabbitmqctl list_users.',
      facts,
    );
  if (status === 403)
    throw new UsageError(
      'ERR_USAGE_ACL',
      'This user may not see or change permissions: it needs the tag administrator.',
      facts,
    );
  if (status === 400 || status === 404)
    throw new UsageError(
      'ERR_USAGE_ACL',
      `The broker does not take it (${status}, ${path[0]!}): check acl.rabbitmq.vhost, and that its users and exchanges are there.`,
      facts,
    );
  throw new InabilityError(
    'ERR_UNABLE_CONNECTION',
    `What answers there is not RabbitMQ’s management API, or it is not ready (${status}). Check the address, and rabbitmq-plugins enable rabbitmq_management.`,
    facts,
  );
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

type Row = Readonly<Record<string, unknown>>;

const rows = (answer: unknown): readonly Row[] => (Array.isArray(answer) ? (answer as Row[]) : []);

function text(row: Row, key: string): string {
  const value = row[key];
  return typeof value === 'string' ? value : '';
}
