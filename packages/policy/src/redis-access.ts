// What is needed to reach the Redis of `replay.store`: secrets are read here, when they are used.
import { UsageError } from '@sealwire/core';
import { readPublic, readSecret, Unusable } from './guarded-secret.js';
import type { RedisReplayStore } from './policy.js';

export interface RedisAccess {
  readonly url: string;
  readonly username: string | null;
  readonly password: string;
  /** PEM; `null`: the system’s CAs. */
  readonly ca: string | null;
}

const maxCaBytes = 1024 * 1024;

/** @throws UsageError ERR_USAGE_REPLAY */
export function redisAccess(
  store: RedisReplayStore,
  env: Readonly<Record<string, string | undefined>> = process.env,
): RedisAccess {
  const { url, username, password, caFile } = store;
  try {
    return {
      url,
      username,
      password: readSecret(password, env),
      ca: caFile === null ? null : readPublic(caFile, maxCaBytes),
    };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw new UsageError('ERR_USAGE_REPLAY', `replay.store.redis: ${error.message}`);
  }
}
