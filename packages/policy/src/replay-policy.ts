// Turns the values of `replay` into the policy's own terms.
import type { z } from 'zod';
import type { ReplayPolicy, SecretSource } from './policy.js';
import { defaultStoreBytes, type replaySchema } from './replay-schema.js';

type Values = z.output<typeof replaySchema>;
type Secret = (path: string | undefined, env: string | undefined) => SecretSource | null;
type Absolute = (path: string) => string;

export function replayOf(
  values: Values,
  stateFolder: string,
  absolute: Absolute,
  secret: Secret,
): ReplayPolicy {
  const { key_file: keyFile, retry_window: retryWindowMs, on_unverifiable: onUnverifiable } = values;
  return {
    keyFile: absolute(keyFile ?? `${stateFolder}/replay.key`),
    ownKeyFile: keyFile === undefined,
    retryWindowMs,
    onUnverifiable,
    leaseMs: values.lease,
    store: storeOf(values.store, stateFolder, absolute, secret),
  };
}

function storeOf(
  { sqlite, redis }: Values['store'],
  stateFolder: string,
  absolute: Absolute,
  secret: Secret,
): ReplayPolicy['store'] {
  if (redis === undefined)
    return {
      file: absolute(sqlite?.file ?? `${stateFolder}/replay.sqlite`),
      maxBytes: sqlite?.max_size ?? defaultStoreBytes,
    };
  return {
    url: redis.url,
    username: redis.username ?? null,
    password: secret(redis.password_file, redis.password_env)!,
    caFile: redis.ca_file === undefined ? null : absolute(redis.ca_file),
  };
}
