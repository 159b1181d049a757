// A client of Redis, with TLS 1.3 where it is not on this machine.
import { UsageError } from '@sealwire/core';
import type { RedisOptions } from 'ioredis';
import type { RedisCommands } from './redis-commands.js';

/** Where a Redis is, and the login. */
export interface RedisPlace {
  /** `rediss://host:port/db`, or `redis://` on this machine; without credentials. */
  readonly url: string;
  readonly username: string | null;
  readonly password: string;
  /** PEM; `null`: the system’s. */
  readonly ca: string | null;
}

const timeoutMs = 5_000;

/** Not connected yet. @throws UsageError ERR_USAGE_REPLAY where ioredis is not installed */
export async function redisClient(server: RedisPlace): Promise<RedisCommands> {
  const { Redis: Client } = await ioredis();
  return new Client(optionsOf(server));
}

/** Its type needs every option to be there or left out, which ours are. */
type NewRedis = new (options: RedisOptions) => RedisCommands;

async function ioredis(): Promise<{ readonly Redis: NewRedis }> {
  try {
    return await import('ioredis');
  } catch (error) {
    throw new UsageError(
      'ERR_USAGE_REPLAY',
      'replay.store.redis needs the package ioredis; install it: npm install ioredis',
      {},
      error,
    );
  }
}

function optionsOf({ url, username, password, ca }: RedisPlace): RedisOptions {
  const { protocol, hostname, port, pathname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: port === '' ? 6379 : Number(port),
    db: Number(pathname.slice(1) || 0),
    ...(username === null ? {} : { username }),
    password,
    ...(protocol === 'rediss:'
      ? {
          tls: {
            minVersion: 'TLSv1.3',
            rejectUnauthorized: true,
            servername: host,
            ...(ca === null ? {} : { ca }),
          },
        }
      : {}),
    lazyConnect: true,
    // What cannot be asked now is asked again by whoever needs it; nothing waits unseen, and nothing is sent twice.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: (times) => Math.min(5_000, 100 * 2 ** Math.min(times, 6)),
  };
}
