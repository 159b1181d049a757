// Turns the values of the file into the policy's own terms.
import { dirname, resolve } from 'node:path';
import { auditSettingsOf } from './audit-settings.js';
import { replayOf } from './replay-policy.js';
import { plaintextTerms } from './plaintext-terms.js';
import { rotationOf } from './rotation-policy.js';
import { defaultMaxAgeMs, type ChannelValues, type PolicyValues } from './policy-schema.js';
import { aclOf } from './rights/acl-policy.js';
import type {
  ChannelPolicy,
  ConnectionPolicy,
  PolicyTemplate,
  SaslPolicy,
  KeysPolicy,
  SecretSource,
  TlsPolicy,
} from './policy.js';

type Facts = Pick<PolicyTemplate, 'file' | 'bytes' | 'hash' | 'at' | 'settings' | 'controls'> & {
  readonly rootKeys: readonly Buffer[];
};

export function policyTemplate(values: PolicyValues, { rootKeys, ...facts }: Facts): PolicyTemplate {
  const absolute = (path: string): string => resolve(dirname(facts.file), path);
  const secret = (path: string | undefined, env: string | undefined): SecretSource | null => {
    if (path !== undefined) return { file: absolute(path) };
    return env === undefined ? null : { env };
  };
  const connection = (given: ConnectionValues | undefined): ConnectionPolicy | null =>
    given === undefined
      ? null
      : {
          allowedNetworks: given.allowed_networks ?? null,
          tls: tlsOf(given.tls, absolute),
          sasl: saslOf(given.sasl, absolute, secret),
        };
  const { quarantine, audit, keys, connections } = values;
  const onReject = quarantine.on_reject;
  const channels = Object.entries(values.channels).map(([name, channel]) =>
    channelOf(name, channel, absolute),
  );
  return {
    ...facts,
    revision: values.revision ?? null,
    agent: values.agent ?? null,
    realm: values.realm,
    directory: {
      file: absolute(values.directory.file),
      rootKeys,
      threshold: values.directory.root_threshold ?? 1,
      maxLagMs: values.directory.max_lag,
    },
    stateFolder: absolute(values.state.folder),
    keys: keysOf(keys, absolute, secret),
    rotation: rotationOf(values.rotation, absolute, secret),
    channels,
    namedFiles: namedFiles(channels, values.directory.root_key_file, absolute),
    connections: { kafka: connection(connections?.kafka), rabbitmq: connection(connections?.rabbitmq) },
    quarantine: {
      kafka: { onReject, name: quarantine.kafka_topic },
      rabbitmq: {
        onReject,
        name: quarantine.rabbitmq_queue,
        exchange: quarantine.rabbitmq_exchange ?? '',
      },
    },
    redrive: { by: quarantine.redrive_by ?? [], maxAgeMs: quarantine.redrive_max_age },
    auditTarget: { kafka: audit.kafka_topic, rabbitmq: audit.rabbitmq_exchange },
    audit: auditSettingsOf(audit, values.state.folder, absolute),
    replay: replayOf(values.replay, values.state.folder, absolute, secret),
    epochMs: values.session.epoch,
    maxMessageBytes: values.limits.max_message,
    skewMs: values.freshness.skew,
    acl: aclOf(values.acl),
  };
}

type ConnectionValues = {
  allowed_networks?: string[] | undefined;
  tls: NonNullable<NonNullable<PolicyValues['connections']>['kafka']>['tls'];
  sasl?: SaslValues | undefined;
};
type SaslValues = {
  mechanism: SaslPolicy['mechanism'];
  username?: string | undefined;
  password_file?: string | undefined;
  password_env?: string | undefined;
  token_file?: string | undefined;
};

function namedFiles(
  channels: readonly ChannelPolicy[],
  rootKeyFile: string | undefined,
  absolute: (path: string) => string,
): readonly string[] {
  const files = channels.flatMap(({ messages }) =>
    messages.flatMap(({ schemaFile, acceptedFiles }) =>
      schemaFile === null ? acceptedFiles : [schemaFile, ...acceptedFiles],
    ),
  );
  if (rootKeyFile !== undefined) files.push(absolute(rootKeyFile));
  return [...new Set(files)].sort();
}

function channelOf(name: string, channel: ChannelValues, absolute: (path: string) => string): ChannelPolicy {
  return {
    name,
    topics: channel.kafka?.topics ?? [],
    sessionTopic: channel.kafka?.session_topic ?? null,
    publish: (channel.rabbitmq?.publish ?? []).map(({ exchange, routing_key }) => ({
      exchange,
      routingKey: routing_key,
    })),
    queues: channel.rabbitmq?.queues ?? [],
    competing: competingOf(channel.rabbitmq?.competing),
    messages: channel.messages.map(
      ({ type, from, to, content_type, schema, also_accept, framing, compress, max_age }) => ({
        type,
        from,
        // Names are ASCII, so the order of code units is the order of bytes.
        to: [...to].sort(),
        contentType: content_type,
        schemaFile: schema === undefined ? null : absolute(schema),
        acceptedFiles: (also_accept ?? []).map(absolute),
        framing,
        compression: compress === 'none' ? null : compress,
        maxAgeMs: max_age ?? null,
      }),
    ),
    clearHeaders: new Set(channel.clear_headers),
    maxAgeMs: channel.max_age ?? defaultMaxAgeMs,
    maxAgeStated: channel.max_age !== undefined,
    plaintext: plaintextTerms(channel),
  };
}

const competingOf = (given: string | boolean | undefined): ChannelPolicy['competing'] =>
  given === undefined || given === false ? null : given;

function tlsOf(tls: ConnectionValues['tls'], absolute: (path: string) => string): TlsPolicy {
  return {
    caFile: absolute(tls.ca_file),
    certFile: tls.cert_file === undefined ? null : absolute(tls.cert_file),
    keyFile: tls.key_file === undefined ? null : absolute(tls.key_file),
    serverName: tls.server_name ?? null,
    pins: tls.pins ?? null,
    crlFile: tls.crl_file === undefined ? null : absolute(tls.crl_file),
  };
}

function saslOf(
  sasl: SaslValues | undefined,
  absolute: (path: string) => string,
  secret: (path: string | undefined, env: string | undefined) => SecretSource | null,
): SaslPolicy | null {
  if (sasl === undefined) return null;
  const { mechanism, password_file, password_env, token_file } = sasl;
  const { username = mechanism === 'OAUTHBEARER' ? '{agent}' : '' } = sasl;
  return {
    mechanism,
    username,
    password: secret(password_file, password_env),
    tokenFile: token_file === undefined ? null : absolute(token_file),
  };
}

/** One of each pair is there: the schema has seen to it. */
function keysOf(
  { folder, pkcs11, passphrase_file, passphrase_env }: PolicyValues['keys'],
  absolute: (path: string) => string,
  secret: (path: string | undefined, env: string | undefined) => SecretSource | null,
): KeysPolicy {
  if (pkcs11 === undefined)
    return { folder: absolute(folder!), passphrase: secret(passphrase_file, passphrase_env)! };
  const { module, token_label: label, slot, pin_file, pin_env } = pkcs11;
  return {
    module: absolute(module),
    token: label === undefined ? { slot: slot! } : { label },
    pin: secret(pin_file, pin_env)!,
  };
}
