// What a caller asks for, and what it gets: real brokers with the security on.

/** PEM files. The key is unencrypted PKCS#8 (RSA or EC: Kafka reads no others); `ca` signs broker and client certificates. */
export interface BrokerTls {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A name of letters, digits, `.`, `_` and `-`, and a password of visible ASCII without quotes, backslash, comma or brackets. */
export interface BrokerUser {
  readonly name: string;
  readonly password: string;
}

/** Whose tokens Kafka takes. Its name for a client is the token's subject. */
export interface KafkaTokens {
  /** A JSON Web Key Set with public keys. */
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  /** A session ends after this, in ms, unless the client has logged in again. */
  readonly sessionMs: number;
}

/** Regular expressions, as RabbitMQ has them. */
export interface RabbitmqPermission {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** Which broker. */
export type Kind = 'kafka' | 'rabbitmq';

/** What is started like one. */
export type ServerKind = Kind | 'redis';

/** Where a broker came from. */
export type How = 'environment' | 'docker' | 'native';

export interface BrokersOptions {
  /** Work folder: configuration, data and logs; made if missing. What an earlier start left in it is removed. */
  readonly folder: string;
  readonly tls: BrokerTls;
  /** Kafka super user and RabbitMQ administrator. */
  readonly admin: BrokerUser;
  /** Known to Kafka (SCRAM-SHA-512, SCRAM-SHA-256 and PLAIN) and to RabbitMQ; allowed nothing. */
  readonly users: readonly BrokerUser[];
  /** By user name, on the virtual host `/`; without an entry a user cannot open it. */
  readonly rabbitmqPermissions?: Readonly<Record<string, RabbitmqPermission>>;
  /** Default: both. */
  readonly want?: readonly Kind[];
  /** Default 1. The second holds no controller: the cluster survives it, not the first. */
  readonly kafkaBrokers?: 1 | 2;
  /** Opens a listener without TLS as well (Kafka: SASL_PLAINTEXT; RabbitMQ: AMQP). */
  readonly plaintext?: boolean;
  /**
   * Opens one more Kafka listener, as secure as the first, of whose clients is told this port on localhost: the port of a
   * proxy, which forwards to `proxiedPort` of the cluster. With one broker only.
   */
  readonly kafkaProxyPort?: number;
  /** Lets clients of Kafka log in with tokens too (OAUTHBEARER): JWTs that one of these keys has signed. */
  readonly kafkaTokens?: KafkaTokens;
  /** Added to Kafka's server.properties. */
  readonly kafkaSettings?: Readonly<Record<string, string>>;
  /** Takes one line at a time: which way was taken and why, and the progress of long work. */
  readonly log?: (line: string) => void;
}

export interface StopOptions {
  /** SIGKILL in place of a clean stop. */
  readonly kill?: boolean;
}

export interface KafkaCluster {
  readonly how: How;
  readonly version: string;
  /** `localhost:port`, one per broker. */
  readonly brokers: string[];
  readonly plaintextBrokers: string[];
  /** Where the proxy of `kafkaProxyPort` forwards to; null where there is none. */
  readonly proxiedPort: number | null;
  /**
   * Readable folders on this machine, one per broker, empty if unknown. A record is in the page cache, and so in the
   * files as any reader sees them, before its produce request (acks -1 or 1) is answered; it is not forced to the disk.
   */
  readonly dataFolders: string[];
  /** Settles when the broker is down. With one broker, or index 0 of two, there is no cluster until it is back. */
  stopBroker(index: number, options?: StopOptions): Promise<void>;
  /** Same data and ports; settles when the broker is up. */
  startBroker(index: number): Promise<void>;
}

export interface RabbitmqNode {
  readonly how: How;
  readonly version: string;
  /** `amqps://localhost:port`, without credentials. */
  readonly url: string;
  readonly plaintextUrl: string | null;
  /** `http://localhost:port`, of the management plug-in. */
  readonly managementUrl: string | null;
  /** The same over TLS, `https://localhost:port`. */
  readonly managementTlsUrl: string | null;
  /**
   * Readable folders on this machine, empty if unknown. A persistent message in a durable queue is in the files when the
   * publisher confirm comes; a transient one, or one consumed at once, may never be.
   */
  readonly dataFolders: string[];
  stopNode(options?: StopOptions): Promise<void>;
  /** Same data and ports; users and permissions are loaded anew. Settles when the node is up. */
  startNode(): Promise<void>;
}

export interface Brokers {
  /** Null where it was not asked for. */
  readonly kafka: KafkaCluster | null;
  readonly rabbitmq: RabbitmqNode | null;
  /** Stops and removes what was started here, and only that; data and logs stay. Safe to call twice. */
  stop(): Promise<void>;
}
