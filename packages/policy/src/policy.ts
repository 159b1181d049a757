// A policy as the rest of Sealwire sees it: checked, complete, in its final units.
import type { AuditSettings } from './audit-settings.js';
import type { StatedControl } from './controls/control.js';
import type { PolicyPath } from './policy-path.js';
import type { PolicySettings } from './policy-settings.js';
import type { AclPolicy } from './rights/acl-policy.js';
import type {
  Compression,
  PlaintextTerms,
  QuarantineSettings,
  SaslSettings,
  Transport,
} from '@sealwire/core';

export type { PolicyPath };

/** Where a secret is; never the secret. */
export type SecretSource = { readonly file: string } | { readonly env: string };

/** What RabbitMQ messages of a channel are published to. `routingKey` may hold `*` and `#`, as in a topic binding. */
export interface PublishTarget {
  readonly exchange: string;
  readonly routingKey: string;
}

export interface MessagePolicy {
  readonly type: string;
  /** Agents, groups, and patterns of agents’ names (`*`). */
  readonly from: readonly string[];
  /** Agents and groups, sorted by bytes. */
  readonly to: readonly string[];
  readonly contentType: string;
  /** Path of the schema that its payloads are sent by; `null`: the content type alone decides. */
  readonly schemaFile: string | null;
  /** Paths of schemas that are received by as well. */
  readonly acceptedFiles: readonly string[];
  /** What stands around the data in a payload. */
  readonly framing: 'none' | 'confluent' | 'cloudevents';
  /** How payloads are compressed inside the seal; `null`: not at all. */
  readonly compression: Compression | null;
  /** Not longer than the channel’s; `null`: the channel’s. */
  readonly maxAgeMs: number | null;
}

export interface ChannelPolicy {
  readonly name: string;
  readonly topics: readonly string[];
  /** Where its messages’ sessions lie on Kafka; `null` where they are self-contained. */
  readonly sessionTopic: string | null;
  readonly publish: readonly PublishTarget[];
  readonly queues: readonly string[];
  /**
   * Whose memory of its RabbitMQ messages is one: `null`: this agent’s, in one process; `true`: this agent’s, in several
   * processes; a group: its members’, who consume the same queues.
   */
  readonly competing: true | string | null;
  readonly messages: readonly MessagePolicy[];
  readonly clearHeaders: ReadonlySet<string>;
  readonly maxAgeMs: number;
  /** Whether the file says so, or leaves it at the default. */
  readonly maxAgeStated: boolean;
  /** What `mode: observe` or `migrate` lets pass, and until when; `null`: nothing (`mode: enforce`). */
  readonly plaintext: PlaintextTerms | null;
}

export interface TlsPolicy {
  readonly caFile: string;
  /** `null` where the client shows no certificate. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** `null`: the host that is connected to. */
  readonly serverName: string | null;
  /** `sha256/` and base64; the broker’s own key must be one of them. `null`: any key that the CA has certified. */
  readonly pins: readonly string[] | null;
  /** The CAs’ revocation lists; `null`: nothing is known of revocations. */
  readonly crlFile: string | null;
}

export interface SaslPolicy {
  readonly mechanism: SaslSettings['mechanism'];
  /** For OAUTHBEARER: whom the broker takes the token’s bearer for, as far as the policy knows. */
  readonly username: string;
  /** `null` for EXTERNAL and OAUTHBEARER. */
  readonly password: SecretSource | null;
  /** `null` where a program has the tokens, and for every other mechanism than OAUTHBEARER. */
  readonly tokenFile: string | null;
}

export interface ConnectionPolicy {
  /** CIDR, IPv4 and IPv6, where brokers may be; `null`: anywhere. */
  readonly allowedNetworks: readonly string[] | null;
  readonly tls: TlsPolicy;
  readonly sasl: SaslPolicy | null;
}

/** How replays are told from redeliveries. */
export interface ReplayPolicy {
  /** What the processes of a consumer group know each other’s state by. */
  readonly keyFile: string;
  /** Whether the file is made where there is none: not one that the policy names, which others are to share. */
  readonly ownKeyFile: boolean;
  readonly retryWindowMs: number;
  readonly onUnverifiable: 'halt' | 'deliver';
  /** How long a process that died keeps RabbitMQ messages from others. */
  readonly leaseMs: number;
  /** What was accepted from RabbitMQ. */
  readonly store: SqliteReplayStore | RedisReplayStore;
}

export interface DirectoryPolicy {
  readonly file: string;
  /** Uncompressed points, 65 bytes each; that they are on the curve is checked where they are used. */
  readonly rootKeys: readonly Buffer[];
  /** How many of them must have signed. */
  readonly threshold: number;
  /** How long a published change may take to show in the file. */
  readonly maxLagMs: number;
}

export interface RotationPolicy {
  /** How long a sealing key is the newest; it is valid for twice that. */
  readonly intervalMs: number;
  /** How long after its end what was sealed to a key stays readable. */
  readonly destroyAfterMs: number;
  readonly destroyAfterByGroup: ReadonlyMap<string, number>;
  readonly signingValidityMs: number;
  readonly documentValidityMs: number;
  /** The key under which this process rotates by itself; `null`: an operator does. */
  readonly issuer: { readonly keyFile: string; readonly passphrase: SecretSource } | null;
}

/** Where private keys are: files in a folder, or a token behind a PKCS#11 module. */
export type KeysPolicy =
  | { readonly folder: string; readonly passphrase: SecretSource }
  | {
      readonly module: string;
      readonly token: { readonly label: string } | { readonly slot: number };
      readonly pin: SecretSource;
    };

/** Who may have rejected messages delivered after all. */
export interface RedrivePolicy {
  /** Agents and groups; empty: nobody. */
  readonly by: readonly string[];
  /** How long after its rejection. */
  readonly maxAgeMs: number;
}

export interface SqliteReplayStore {
  readonly file: string;
  readonly maxBytes: number;
}

export interface RedisReplayStore {
  readonly url: string;
  readonly username: string | null;
  readonly password: SecretSource;
  /** `null`: the system's CAs. */
  readonly caFile: string | null;
}

/** A policy before it is known which agent it is for: paths and user names may hold `{agent}`. */
export interface PolicyTemplate {
  /** As given to `loadPolicy`. */
  readonly file: string;
  /** As they were read. */
  readonly bytes: Buffer;
  /** SHA-256 of the file, 32 bytes. */
  readonly hash: Buffer;
  /** Absolute paths of the files whose content is a part of what it says: payload schemas, `root_key_file`. */
  readonly namedFiles: readonly string[];
  /** `null` where it has none. */
  readonly revision: number | null;
  /** The agent that the file names, or `null`. */
  readonly agent: string | null;
  /** 16 bytes. */
  readonly realm: Buffer;
  readonly directory: DirectoryPolicy;
  /** Where an agent remembers, over restarts, what it accepted. */
  readonly stateFolder: string;
  readonly keys: KeysPolicy;
  /** `null` where the policy has none, or has it switched off. */
  readonly rotation: RotationPolicy | null;
  readonly channels: readonly ChannelPolicy[];
  readonly connections: Readonly<Record<Transport, ConnectionPolicy | null>>;
  readonly quarantine: Readonly<Record<Transport, QuarantineSettings>>;
  readonly redrive: RedrivePolicy;
  /** The audit topic (Kafka) or exchange (RabbitMQ). */
  readonly auditTarget: Readonly<Record<Transport, string>>;
  readonly audit: AuditSettings;
  readonly epochMs: number;
  readonly maxMessageBytes: number;
  /** How far clocks may be apart. */
  readonly skewMs: number;
  readonly replay: ReplayPolicy;
  /** By which names the brokers know the agents, and what is theirs there. */
  readonly acl: AclPolicy;
  /** What the file says in the security team’s own words (README.md, “Controls”). */
  readonly controls: readonly StatedControl[];
  /** `file:line:column` of a part of the policy, for error messages. */
  at(path: PolicyPath): string;
  /** Everything that it says, key by key. */
  settings(): PolicySettings;
}

/** A policy for one agent: every path is absolute and final. */
export interface Policy extends PolicyTemplate {
  readonly agent: string;
}
