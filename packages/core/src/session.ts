// What stays the same for thousands of messages, as facts; SPEC.md of the envelope says which bytes they are.

/** The data key for one recipient key: HPKE encapsulation and ciphertext (RFC 9180, base mode). */
export interface Wrap {
  /** 16 bytes. */
  readonly keyId: Buffer;
  readonly encapsulated: Buffer;
  readonly wrapped: Buffer;
}

/** The facts of a session record. Nothing here is trusted before a message's signature verified under it. */
export interface Session {
  /** S: SHA-256 of `bytes`, 32 bytes. */
  readonly hash: Buffer;
  /** The record as sent or received. */
  readonly bytes: Buffer;
  /** `bytes` before the wraps: what each wrap is bound to. */
  readonly wrapContext: Buffer;
  readonly suite: number;
  /** The directory's id, 16 bytes. */
  readonly realm: Buffer;
  readonly sender: string;
  /** Id of the sender's signing key, 16 bytes. */
  readonly senderKeyId: Buffer;
  /** 16 random bytes drawn per producer start. */
  readonly instance: Buffer;
  /** Names of agents and groups, sorted by bytes. */
  readonly audience: readonly string[];
  readonly epochStartMs: number;
  readonly epochEndMs: number;
  /** The logical channel. */
  readonly channel: string;
  readonly type: string;
  /** SHA-256 of the payload schema, or empty. */
  readonly schema: Buffer;
  readonly contentType: string;
  readonly wraps: readonly Wrap[];
}
