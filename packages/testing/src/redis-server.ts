// A Redis for tests and benches, with TLS and a password on, that keeps a log on disk.
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '@sealwire/core';
import { brokerUnit, type Launch } from './broker-unit.js';
import type { BrokerTls, How, StopOptions } from './brokers.js';
import { freePorts } from './free-ports.js';
import { serverProblem, startByWay } from './start-by-way.js';

export interface RedisOptions {
  /** Work folder: configuration, data and log; made if missing. What an earlier start left in it is removed. */
  readonly folder: string;
  readonly tls: BrokerTls;
  /** Lines of redis.conf that come after the usual ones. */
  readonly settings?: readonly string[];
  readonly log?: (line: string) => void;
}

export interface RedisServer {
  readonly how: How;
  /** `rediss://localhost:port`, without credentials. */
  readonly url: string;
  readonly password: string;
  readonly caFile: string;
  stopServer(options?: StopOptions): Promise<void>;
  /** Same port, and the same data but for what was not on disk. */
  startServer(): Promise<void>;
  /** Removes its data; to be called while it is stopped. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * On loopback, TLS 1.3 only, `appendonly yes`, `appendfsync always`, `maxmemory-policy noeviction`. Comes by the same ways as
 * brokers do: SEALWIRE_REDIS_URL (with _PASSWORD and _CA), Docker, `redis-server` from PATH, installed first.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const log = options.log ?? (() => undefined);
  const { server } = await startByWay('redis', { environment: environmentRedis, start }, options, log);
  return server;
}

/** Why `startRedis` has no way to a Redis here, and what to type; `null` where it has one. */
export const redisProblem = (): Promise<string | null> => serverProblem('redis', () => undefined);

function environmentRedis(): RedisServer {
  const need = (name: string): string => {
    const value = process.env[name];
    if (!value)
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `Redis is taken from the environment, but ${name} is not set; set it.`,
      );
    return value;
  };
  const notOurs = (): Promise<never> =>
    Promise.reject(
      new UsageError(
        'ERR_USAGE_ARGUMENT',
        'A Redis of the environment is not stopped, started or emptied from here; unset its address to have one that can be.',
      ),
    );
  return {
    how: 'environment',
    url: need('SEALWIRE_REDIS_URL'),
    password: need('SEALWIRE_REDIS_PASSWORD'),
    caFile: need('SEALWIRE_REDIS_CA'),
    stopServer: notOurs,
    startServer: notOurs,
    forget: notOurs,
    stop: () => Promise.resolve(),
  };
}

async function start(options: RedisOptions, how: How, launch: Launch): Promise<RedisServer> {
  const [port = 0] = await freePorts(1);
  const folder = resolve(options.folder, 'redis');
  const file = (name: string): string => join(folder, name);
  const password = randomBytes(24).toString('base64url');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [from, to] of [
    [options.tls.caFile, 'ca.crt'],
    [options.tls.certFile, 'server.crt'],
    [options.tls.keyFile, 'server.key'],
  ] as const)
    await copyFile(from, file(to));
  const settings = [
    'bind 127.0.0.1 ::1',
    'port 0',
    `tls-port ${port}`,
    `tls-ca-cert-file ${file('ca.crt')}`,
    `tls-cert-file ${file('server.crt')}`,
    `tls-key-file ${file('server.key')}`,
    'tls-auth-clients no',
    'tls-protocols TLSv1.3',
    `requirepass ${password}`,
    `dir ${file('data')}`,
    'appendonly yes',
    'appendfsync always',
    'maxmemory-policy noeviction',
    'save ""',
    'daemonize no',
    ...(options.settings ?? []),
  ];
  await writeFile(file('redis.conf'), `${settings.join('\n')}\n`, { mode: 0o600 });
  const unit = brokerUnit(
    {
      kind: 'redis',
      name: 'Redis',
      folder,
      logFile: file('server.log'),
      sign: 'Ready to accept connections',
      port,
      caFile: file('ca.crt'),
      deadlineMs: 120_000,
    },
    launch,
  );
  await unit.start();
  return {
    how,
    url: `rediss://localhost:${port}`,
    password,
    caFile: options.tls.caFile,
    stopServer: (stopping) => unit.stop(stopping),
    startServer: () => unit.start(),
    forget: () => rm(file('data'), { recursive: true, force: true }),
    stop: () => unit.stop(),
  };
}
