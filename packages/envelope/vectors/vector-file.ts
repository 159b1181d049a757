// What envelope.json holds, as types; envelope.schema.json says the same for everybody else. Bytes are lower-case hex, times are milliseconds since 1970 UTC.

export interface VectorKey {
  readonly purpose: 'message-signing' | 'sealing';
  readonly privateKey: string;
  readonly publicKey: string;
  readonly keyId: string;
}

export interface DirectoryKey {
  /** A name in `keys`. */
  readonly key: string;
  readonly owner: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly distrustFrom: number | null;
}

export interface VectorDirectory {
  readonly realm: string;
  readonly signingKeys: readonly DirectoryKey[];
  /** Of agents and groups. */
  readonly sealingKeys: readonly DirectoryKey[];
}

export interface VectorRoute {
  readonly channel: string;
  readonly type: string;
  readonly contentType: string;
  readonly schema: string;
  readonly senders: readonly string[];
  readonly audience: readonly string[];
  /** How payloads may be compressed; `null`: not at all. */
  readonly compression: 'deflate' | 'zstd' | null;
  readonly maxAgeMs: number;
}

export interface VectorPolicy {
  readonly maxMessageBytes: number;
  readonly skewMs: number;
  readonly suites: readonly number[];
  /** A name in `sessionTopics`, or `null` where messages must be self-contained. */
  readonly sessionTopic: string | null;
  /** From a topic to its logical channel. */
  readonly topics: Readonly<Record<string, string>>;
  readonly queues: Readonly<Record<string, string>>;
  readonly routes: readonly VectorRoute[];
}

/** A record of a session topic, in the order in which it lies there. */
export interface VectorSessionRecord {
  readonly comment: string;
  readonly key: string | null;
  readonly value: string | null;
}

export interface VectorHeader {
  readonly name: string;
  readonly values: readonly string[];
}

export interface VectorRecord {
  readonly transport: 'kafka' | 'rabbitmq';
  /** A topic or a queue. */
  readonly place: string;
  /** `null` on RabbitMQ. */
  readonly partition: number | null;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly VectorHeader[];
  /** When the broker appended it; `null` where the broker does not stamp it. */
  readonly appendedAt: number | null;
  readonly receivedAt: number;
}

export interface VectorMessage {
  readonly sender: string;
  readonly senderKeyId: string;
  readonly recipients: readonly string[];
  readonly channel: string;
  readonly type: string;
  readonly contentType: string;
  readonly issuedAt: number;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly nonce: string;
  readonly messageHash: string;
  /** `null` for a tombstone. */
  readonly payload: string | null;
  /** Those that were sealed, in their order, then those that are bound in clear, in theirs. */
  readonly headers: readonly VectorHeader[];
}

export interface VectorCase {
  readonly name: string;
  readonly scenario: string;
  /** The statements of SPEC.md that decide it. */
  readonly musts: readonly string[];
  readonly directory: string;
  readonly policy: string;
  /** Names in `keys`: the sealing keys that the receiver holds. */
  readonly holds: readonly string[];
  readonly received: VectorRecord;
  /** What an opener answers. */
  readonly expected: { readonly message: VectorMessage } | { readonly code: string };
  /** What a third party without a private key and without local policy answers: a code, or `null` where it verifies. */
  readonly verifier: string | null;
}

export interface VectorFile {
  readonly $schema: string;
  readonly comment: string;
  readonly keys: Readonly<Record<string, VectorKey>>;
  readonly directories: Readonly<Record<string, VectorDirectory>>;
  readonly policies: Readonly<Record<string, VectorPolicy>>;
  readonly sessionTopics: Readonly<Record<string, readonly VectorSessionRecord[]>>;
  /** One success, or one single fault, each. */
  readonly cases: readonly VectorCase[];
  /** Two faults each: the earlier one is the verdict (E-25). */
  readonly order: readonly VectorCase[];
}
