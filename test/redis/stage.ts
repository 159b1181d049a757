// What each Redis test starts from: a server of its own, by the fixture’s certificates.
import { mkdtempSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openRedisStore, type OpenedStore } from '@sealwire/replay';
import { startRedis, type RedisServer } from '@sealwire/testing';
import { fixture } from '../fixture.ts';

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
