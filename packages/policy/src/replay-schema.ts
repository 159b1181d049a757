// The `replay` key of sealwire.yaml: what is remembered of accepted messages, where, and for how long a claim holds.
import * as field from './fields.js';
import { map, oneOf } from './fields.js';
import { together } from './together.js';

export const defaultStoreBytes = 1024 * 1024 * 1024;

const sqlite = map({
  file: field.path.optional(),
  max_size: field.size('1MiB', '1048576MiB').default(defaultStoreBytes),
});

const redis = map({
  url: field.redisUrl,
  username: field.username.optional(),
  password_file: field.path.optional(),
  password_env: field.environmentVariable.optional(),
  ca_file: field.path.optional(),
}).refine(
  ...together((given) => {
    const passwords = [given['password_file'], given['password_env']].filter((one) => one !== undefined);
    return passwords.length === 1 ? null : 'must have either password_file or password_env.';
  }),
);

export const replaySchema = map({
  // Kafka.
  key_file: field.path.optional(),
  // kafkajs tries for about three minutes by default.
  retry_window: field.duration('0s', '1h').default(300_000),
  on_unverifiable: oneOf(['halt', 'deliver']).default('halt'),
  // RabbitMQ: how long a process that died keeps a message from others.
  lease: field.duration('1s', '10m').default(30_000),
  store: map({ sqlite: sqlite.optional(), redis: redis.optional() })
    .refine(
      ...together((given) =>
        given['sqlite'] !== undefined && given['redis'] !== undefined
          ? 'must have either sqlite or redis.'
          : null,
      ),
    )
    .prefault({}),
});
