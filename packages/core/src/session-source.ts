// Sessions by reference: what must be written before messages refer to it, and where receivers look sessions up.

/** A session that sealed messages refer to. Its record must be acknowledged by all before any of them is sent. */
export interface ReferredSession {
  /** The session topic. */
  readonly topic: string;
  /** S, 32 bytes: the record’s key. */
  readonly key: Buffer;
  /** The record’s value. It is signed when it is first asked for. @throws what the signer throws */
  value(): Buffer | Promise<Buffer>;
}

/** Where sessions are looked up; an adapter makes it for its transport. */
export interface SessionSource {
  /**
   * Looks sessions up that a receiver does not know. What it returns was signed by the sender that the session names,
   * where the directory knows that sender’s key; whoever uses it checks it as if it had come inside the message.
   * @param references the first 16 bytes of S, as latin1 strings
   * @returns the bytes of the sessions that are there; what is left out is not there, read to the end that the topic
   *   had when this was called (envelope/SPEC.md E-34)
   * @throws InabilityError ERR_UNABLE_SESSIONS where the topic cannot be read so far
   */
  find(topic: string, references: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
}

/** A record of a session topic that is well-formed and hashes to its key. Nobody has checked its signature yet. */
export interface OfferedSession {
  /** The first 16 bytes of S, as a latin1 string. */
  readonly reference: string;
  readonly session: Buffer;
  readonly signature: Buffer;
  /** Id of the signing key that the session names, as a latin1 string. */
  readonly senderKeyId: string;
}

/** One session topic of the policy and the topics whose messages refer to it. */
export interface SessionTopic {
  readonly name: string;
  readonly serves: readonly string[];
}

/** What an adapter needs to keep session topics, beside a client. */
export interface SessionRules {
  /** Empty where every channel is self-contained. */
  readonly topics: readonly SessionTopic[];
  /** How long a session may last. */
  readonly epochMs: number;
  /** Grows with every change that `isListed` answers from. */
  readonly directoryVersion: number;
  /** Cheap: form and hash. @returns `null` for what is to be ignored (envelope/SPEC.md E-33) */
  read(key: Buffer | null, value: Buffer | null): OfferedSession | null;
  /** Whether the directory has this signing key, whatever its status. @throws InabilityError ERR_UNABLE_DIRECTORY */
  isListed(senderKeyId: string): boolean;
  /** Dear: whether the key that the session names, which is listed and its sender’s, has signed it. @throws as above */
  isSigned(offered: OfferedSession): boolean;
}
