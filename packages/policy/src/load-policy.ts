// Opens sealwire.yaml for one agent.
import { UsageError } from '@sealwire/core';
import { auditSettingsFor } from './audit-settings.js';
import type {
  ConnectionPolicy,
  KeysPolicy,
  Policy,
  PolicyTemplate,
  ReplayPolicy,
  RotationPolicy,
  SecretSource,
} from './policy.js';
import { readPolicy } from './read-policy.js';

export interface LoadPolicyOptions {
  /** Overrides SEALWIRE_AGENT, which overrides `agent` in the file. */
  readonly agent?: string;
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads, checks and completes a policy, and fills in `{agent}`. Secrets are not read, only where they are.
 * Not checked here: whether agents and groups exist (`checkAgainstDirectory`), and whether certificates and keys
 * fit (`openConnectionGuard`).
 * @throws UsageError ERR_USAGE_FILE, ERR_USAGE_POLICY with all problems, ERR_USAGE_AGENT
 */
export function loadPolicy(file: string, options: LoadPolicyOptions = {}): Policy {
  return policyForProcess(readPolicy(file), options);
}

/** As `loadPolicy`, of a policy that was read already. @throws UsageError ERR_USAGE_AGENT */
export function policyForProcess(template: PolicyTemplate, options: LoadPolicyOptions = {}): Policy {
  const { file } = template;
  const { env = process.env } = options;
  const agent = options.agent ?? (env['SEALWIRE_AGENT'] || template.agent);
  if (agent === null)
    throw new UsageError(
      'ERR_USAGE_AGENT',
      `${file} does not say which agent this is; give { agent }, set SEALWIRE_AGENT, or write agent: in the file.`,
    );
  return policyFor(template, agent);
}

/** @throws UsageError ERR_USAGE_AGENT where the name could mean another folder or is no name */
export function policyFor(template: PolicyTemplate, agent: string): Policy {
  if (!/^[\x21-\x7e]{1,255}$/.test(agent) || agent === '.' || agent === '..')
    throw new UsageError('ERR_USAGE_AGENT', 'The agent must be a name of 1 to 255 visible ASCII characters.');
  const { directory, keys, connections, replay, audit } = template;
  return {
    ...template,
    agent,
    directory: { ...directory, file: inPath(directory.file, agent) },
    stateFolder: inPath(template.stateFolder, agent),
    keys: inKeys(keys, agent),
    rotation: inRotation(template.rotation, agent),
    replay: inReplay(replay, agent),
    audit: auditSettingsFor(audit, (path) => inPath(path, agent)),
    connections: {
      kafka: inConnection(connections.kafka, agent),
      rabbitmq: inConnection(connections.rabbitmq, agent),
    },
  };
}

/** A SPIFFE id becomes one path segment. */
function inPath(path: string, agent: string): string {
  return path.replaceAll('{agent}', () => encodeURIComponent(agent));
}

function inSecret(source: SecretSource, agent: string): SecretSource {
  return 'file' in source ? { file: inPath(source.file, agent) } : source;
}

function inKeys(keys: KeysPolicy, agent: string): KeysPolicy {
  if ('folder' in keys)
    return { folder: inPath(keys.folder, agent), passphrase: inSecret(keys.passphrase, agent) };
  const { module, token, pin } = keys;
  return {
    module: inPath(module, agent),
    token: 'label' in token ? { label: token.label.replaceAll('{agent}', () => agent) } : token,
    pin: inSecret(pin, agent),
  };
}

function inRotation(rotation: RotationPolicy | null, agent: string): RotationPolicy | null {
  if (rotation?.issuer == null) return rotation;
  const { keyFile, passphrase } = rotation.issuer;
  return {
    ...rotation,
    issuer: { keyFile: inPath(keyFile, agent), passphrase: inSecret(passphrase, agent) },
  };
}

function inReplay({ store, ...replay }: ReplayPolicy, agent: string): ReplayPolicy {
  return {
    ...replay,
    keyFile: inPath(replay.keyFile, agent),
    store:
      'file' in store
        ? { ...store, file: inPath(store.file, agent) }
        : {
            ...store,
            username: store.username && store.username.replaceAll('{agent}', () => agent),
            password: inSecret(store.password, agent),
            caFile: store.caFile && inPath(store.caFile, agent),
          },
  };
}

function inConnection(connection: ConnectionPolicy | null, agent: string): ConnectionPolicy | null {
  if (connection === null) return null;
  const { tls, sasl } = connection;
  return {
    ...connection,
    tls: {
      ...tls,
      caFile: inPath(tls.caFile, agent),
      certFile: tls.certFile === null ? null : inPath(tls.certFile, agent),
      keyFile: tls.keyFile === null ? null : inPath(tls.keyFile, agent),
      crlFile: tls.crlFile === null ? null : inPath(tls.crlFile, agent),
    },
    sasl: sasl && {
      ...sasl,
      username: sasl.username.replaceAll('{agent}', () => agent),
      password: sasl.password && inSecret(sasl.password, agent),
      tokenFile: sasl.tokenFile && inPath(sasl.tokenFile, agent),
    },
  };
}
