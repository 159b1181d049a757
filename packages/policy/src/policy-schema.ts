// sealwire.yaml, version 1: every key, what it may hold, and what it is when it is left out.
import { z } from 'zod';
import { auditSchema } from './audit-schema.js';
import { controlsSchema } from './controls/controls-schema.js';
import * as field from './fields.js';
import { list, map, oneOf, value } from './fields.js';
import { replaySchema } from './replay-schema.js';
import { rotationSchema } from './rotation-schema.js';
import { aclSchema } from './rights/acl-schema.js';
import { plaintextSchema } from './plaintext-schema.js';
import { exactlyOne, keysOf, together } from './together.js';

/** Of a channel that states none. */
export const defaultMaxAgeMs = 86_400_000;

const message = map({
  type: field.messageType,
  from: list(field.sender, 'agents, groups and patterns of agents', 1000),
  to: list(field.recipient, 'agents and groups', 32),
  content_type: field.contentType,
  schema: field.schemaPath.optional(),
  also_accept: list(field.schemaPath, 'older schemas that are received by as well', 16).optional(),
  framing: oneOf(['none', 'confluent', 'cloudevents']).default('none'),
  compress: oneOf(['none', 'deflate', 'zstd']).default('none'),
  max_age: field.duration('1s', '365d').optional(),
}).refine(
  ...together((given) =>
    given['also_accept'] !== undefined && given['schema'] === undefined
      ? 'has also_accept without schema; name the schema that is sent by.'
      : null,
  ),
);

const publishTarget = map({ exchange: field.exchange, routing_key: field.routingKey });

export const channelSchema = map({
  kafka: map({ topics: list(field.topic, 'topics', 1000), session_topic: field.topic.optional() }).optional(),
  rabbitmq: map({
    publish: list(publishTarget, 'targets {exchange, routing_key}', 1000).optional(),
    queues: list(field.queue, 'queues', 1000).optional(),
    competing: field.competing.optional(),
  })
    .refine(
      ...together((given) =>
        given['publish'] === undefined && given['queues'] === undefined
          ? 'must have publish, queues or both.'
          : null,
      ),
    )
    .optional(),
  messages: list(message, 'messages {type, from, to, content_type}', 1000),
  clear_headers: list(field.headerName, 'header names', 100).optional(),
  // Where the broker stamps no append times it must be stated: the local clock judges then.
  max_age: field.duration('1s', '365d').optional(),
  mode: oneOf(['observe', 'migrate', 'enforce']).default('enforce'),
  plaintext: plaintextSchema.optional(),
})
  .refine(
    ...together((given) => {
      const isWeak = given['mode'] === 'observe' || given['mode'] === 'migrate';
      if (isWeak === (given['plaintext'] !== undefined)) return null;
      return isWeak
        ? `has mode: ${String(given['mode'])}, which lets plaintext pass; accept that for a time with plaintext: { insecure_until: a date, from: […] }, or remove mode.`
        : 'has plaintext, which mode: enforce does not take; remove it, or write mode: migrate.';
    }),
  )
  .refine(
    ...together((given) =>
      given['kafka'] === undefined && given['rabbitmq'] === undefined
        ? 'is mapped to nothing; add kafka: { topics: […] } or rabbitmq: { queues: […] }.'
        : null,
    ),
  )
  .refine(
    // What is remembered against replays is bounded by the channel's: a type that lives longer could be replayed.
    ...together((given) => {
      // Also asked where other parts are refused, so nothing about them is certain.
      const { max_age: own = defaultMaxAgeMs, messages } = given;
      const ages = Array.isArray(messages)
        ? messages.map((one: unknown) => (one as { readonly max_age?: unknown } | null)?.max_age)
        : [];
      return ages.some((age) => typeof age === 'number' && typeof own === 'number' && age > own)
        ? 'has a message type with a longer max_age than its own (24h where it states none); raise the channel’s.'
        : null;
    }),
  );

const tls = map({
  ca_file: field.path,
  cert_file: field.path.optional(),
  key_file: field.path.optional(),
  server_name: field.serverName.optional(),
  pins: list(field.pin, 'pins sha256/…', 100).optional(),
  crl_file: field.path.optional(),
}).refine(
  ...together((given) =>
    (given['cert_file'] === undefined) !== (given['key_file'] === undefined)
      ? 'must have both cert_file and key_file, or neither.'
      : null,
  ),
);

const networks = list(field.network, 'networks', 1000).optional();

const password = { password_file: field.path.optional(), password_env: field.environmentVariable.optional() };

const needsNoPassword = (given: Readonly<Record<string, unknown>>): string | null =>
  given['password_file'] !== undefined || given['password_env'] !== undefined
    ? 'must have no password: OAUTHBEARER takes a token, from token_file or from the program.'
    : null;

const needsPassword = together((given) => {
  if (given['mechanism'] === 'OAUTHBEARER') return needsNoPassword(given);
  if (given['token_file'] !== undefined) return 'must have token_file with OAUTHBEARER only.';
  const passwords = [given['password_file'], given['password_env']].filter((one) => one !== undefined);
  if (given['mechanism'] === 'EXTERNAL')
    return passwords.length > 0 || given['username'] !== undefined
      ? 'must have no username and no password: EXTERNAL takes the name of the certificate.'
      : null;
  if (given['username'] === undefined) return "lacks username; write '{agent}' for the agent's own name.";
  return passwords.length === 1 ? null : 'must have either password_file or password_env.';
});

const kafkaConnection = map({
  allowed_networks: networks,
  tls,
  sasl: map({
    mechanism: oneOf(
      ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'OAUTHBEARER', 'PLAIN'],
      '; for a client certificate alone leave sasl out',
    ),
    username: field.username.optional(),
    ...password,
    token_file: field.path.optional(),
  })
    .refine(...needsPassword)
    .optional(),
}).refine(
  ...together((given) =>
    given['sasl'] === undefined && keysOf(given['tls'])['cert_file'] === undefined
      ? 'proves nothing to the broker; add sasl, or tls.cert_file and tls.key_file.'
      : null,
  ),
);

const rabbitmqConnection = map({
  allowed_networks: networks,
  tls,
  sasl: map({
    mechanism: oneOf(['PLAIN', 'EXTERNAL'], ' (RabbitMQ’s SCRAM is not used by its clients)'),
    username: field.username.optional(),
    ...password,
  }).refine(...needsPassword),
}).refine(
  ...together((given) =>
    keysOf(given['sasl'])['mechanism'] === 'EXTERNAL' && keysOf(given['tls'])['cert_file'] === undefined
      ? 'needs tls.cert_file and tls.key_file: EXTERNAL is the client certificate.'
      : null,
  ),
);

const pkcs11 = map({
  module: field.path,
  token_label: field.tokenLabel.optional(),
  slot: field.slot.optional(),
  pin_file: field.path.optional(),
  pin_env: field.environmentVariable.optional(),
})
  .refine(...exactlyOne('token_label', 'slot'))
  .refine(...exactlyOne('pin_file', 'pin_env'));

const keysSchema = map({
  folder: field.path.optional(),
  passphrase_file: field.path.optional(),
  passphrase_env: field.environmentVariable.optional(),
  pkcs11: pkcs11.optional(),
})
  .refine(...exactlyOne('folder', 'pkcs11'))
  .refine(
    ...together((given) => {
      const passphrases = [given['passphrase_file'], given['passphrase_env']].filter(
        (one) => one !== undefined,
      );
      if (given['pkcs11'] !== undefined && given['folder'] === undefined)
        return passphrases.length === 0 ? null : 'must have no passphrase with pkcs11: a token has a PIN.';
      return passphrases.length === 1 ? null : 'must have either passphrase_file or passphrase_env.';
    }),
  );

export const policySchema = map({
  version: value('1, the version of this format', (text) => (text === '1' ? 1 : null)),
  // Never goes back where it is given.
  revision: field.revision.optional(),
  realm: field.realm,
  agent: field.agentOrGroup.optional(),
  directory: map({
    file: field.path,
    root_key: field.rootKey.optional(),
    root_key_file: field.path.optional(),
    root_keys: list(field.rootKey, 'public root keys', 16).optional(),
    root_threshold: field.count(1, 16).optional(),
    // How long a published change may take until the file here shows it.
    max_lag: field.duration('0s', '10m').default(5000),
  })
    .refine(...exactlyOne('root_key', 'root_key_file', 'root_keys'))
    .refine(
      ...together((given) => {
        const { root_keys: keys, root_threshold: threshold } = given;
        if (!Array.isArray(keys))
          return threshold === undefined ? null : 'must have root_threshold with root_keys only.';
        if (threshold === undefined) return 'lacks root_threshold: how many of root_keys must have signed.';
        return Number(threshold) > keys.length ? 'has fewer root_keys than root_threshold.' : null;
      }),
    ),
  state: map({ folder: field.path.default('state/{agent}') }).prefault({}),
  keys: keysSchema,
  rotation: rotationSchema.optional(),
  channels: z
    .record(
      z
        .string()
        .regex(field.channelName, 'is no channel name: use 1 to 128 letters, digits, ".", "_" or "-".'),
      channelSchema,
      {
        error: ({ input }) =>
          input === undefined
            ? 'is missing; it is a map of your channels.'
            : 'must be a map of your channels.',
      },
    )
    .refine((channels) => Object.keys(channels).length > 0, 'is empty; describe one channel at least.'),
  connections: map({ kafka: kafkaConnection.optional(), rabbitmq: rabbitmqConnection.optional() }).optional(),
  quarantine: map({
    on_reject: oneOf(['quarantine', 'halt', 'drop']).default('quarantine'),
    kafka_topic: field.topic.default('sealwire.quarantine'),
    rabbitmq_queue: field.queue.default('sealwire.quarantine'),
    rabbitmq_exchange: field.queue.optional(),
    redrive_by: list(field.agentOrGroup, 'agents and groups', 100).optional(),
    redrive_max_age: field.duration('1m', '365d').default(30 * 86_400_000),
  }).prefault({}),
  audit: auditSchema.prefault({}),
  session: map({ epoch: field.duration('1m', '30d').default(86_400_000) }).prefault({}),
  limits: map({ max_message: field.size('1KiB', '64MiB').default(1024 * 1024) }).prefault({}),
  replay: replaySchema.prefault({}),
  acl: aclSchema.prefault({}),
  ...controlsSchema,
  freshness: map({ skew: field.duration('0s', '10m').default(30_000) }).prefault({}),
});

export type PolicyValues = z.output<typeof policySchema>;
export type ChannelValues = z.output<typeof channelSchema>;
