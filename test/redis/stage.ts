// What each Redis test starts from: a server of its own, by the fixture’s certificates.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openRedisStore, type OpenedStore } from '@sealwire/replay';
import { describe, test } from '@jest/globals';
import { redisProblem, startRedis, type RedisServer } from '@sealwire/testing';
import { fixture } from '../fixture.ts';

const problem = await redisProblem();
// Not by `console`: of a file that is skipped as a whole, jest shows nothing.
if (problem !== null) process.stderr.write(`Skipped: what needs a Redis. ${problem}\n`);

/** `test` and `describe`; skipped, with a notice, where there is no Redis to be had. */
export const redisTest = problem === null ? test : test.skip;
export const redisDescribe = problem === null ? describe : describe.skip;

export async function redisOfItsOwn(settings: readonly string[] = []): Promise<RedisServer> {
  const { folder, tls } = fixture();
  return startRedis({
    folder: mkdtempSync(join(dirname(folder), 'redis-')),
    tls: {
      caFile: tls.caFile,
      certFile: join(folder, 'tls/broker.crt'),
      keyFile: join(folder, 'tls/broker.key'),
    },
    settings,
  });
}

export interface StoreOptions {
  readonly url?: string;
  readonly password?: string;
  readonly ca?: string | null;
  readonly skewMs?: number;
  readonly warnings?: string[];
}

export const storeOf = (server: RedisServer, options: StoreOptions = {}): Promise<OpenedStore> =>
  openRedisStore({
    url: options.url ?? server.url,
    username: null,
    password: options.password ?? server.password,
    ca: options.ca === undefined ? readFileSync(server.caFile, 'utf8') : options.ca,
    skewMs: options.skewMs ?? 30_000,
    warn: (text) => options.warnings?.push(text),
  });

/** The `replay` of a policy over a Redis. */
export function replayOver(server: RedisServer, lease = '30s'): string {
  const file = join(dirname(fixture().folder), `redis-password-${new URL(server.url).port}`);
  writeFileSync(file, server.password, { mode: 0o600 });
  return `{ lease: ${lease}, store: { redis: { url: '${server.url}', password_file: ${file}, ca_file: ${server.caFile} } } }`;
}
