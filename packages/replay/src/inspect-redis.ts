// Looks at a shared store from outside: whether it answers, and whether it can be relied on. Writes nothing.
import { InabilityError } from '@sealwire/core';
import { checkRedis } from './check-redis.js';
import { redisClient } from './redis-client.js';
import type { RedisServer } from './redis-store.js';
import { redisUnable } from './redis-unable.js';

export interface InspectedRedis {
  readonly version: string;
  /** What an operator should change. */
  readonly warnings: readonly string[];
  readonly usedBytes: number;
  /** Infinity: no limit. */
  readonly maxBytes: number;
  /** How far its clock is ahead of this machine’s: at least, and at most. */
  readonly aheadMs: { readonly least: number; readonly most: number };
}

/** @throws UsageError ERR_USAGE_REPLAY where ioredis is not installed; InabilityError ERR_UNABLE_REPLAY */
export async function inspectRedis(
  server: Pick<RedisServer, 'url' | 'username' | 'password' | 'ca'>,
): Promise<InspectedRedis> {
  const redis = await redisClient(server);
  let lastError: Error | null = null;
  redis.on('error', (error) => (lastError = error));
  try {
    await redis.connect();
    const warnings = await checkRedis(redis);
    const info = await redis.info();
    const value = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    const beforeMs = Date.now();
    const [seconds, micros] = (await redis.time()).map(Number) as [number, number];
    const atMs = seconds * 1000 + micros / 1000;
    const limit = Number(value('maxmemory'));
    return {
      version: value('redis_version'),
      warnings,
      usedBytes: Number(value('used_memory')),
      maxBytes: limit > 0 ? limit : Infinity,
      aheadMs: { least: atMs - Date.now(), most: atMs - beforeMs },
    };
  } catch (error) {
    if (error instanceof InabilityError) throw error;
    throw redisUnable(lastError ?? error, server.url);
  } finally {
    redis.disconnect();
  }
}
