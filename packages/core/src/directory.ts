// What the journeys ask of a directory of agents and keys.

/** One key of the directory’s, with its status. */
export interface PublicKey {
  /** 16 bytes. */
  readonly keyId: Buffer;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  /** The agent, or for sealing keys the agent or group, that it belongs to. */
  readonly owner: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Messages appended at or after this time are refused; `null` where it is not revoked. */
  readonly distrustFromMs: number | null;
}

/** A verified directory. Look-ups are synchronous and cheap: they happen per message. */
export interface Directory {
  /** 16 bytes. */
  readonly realm: Buffer;
  readonly version: number;
  /**
   * The message-signing key of an id (16 bytes as a latin1 string), whatever its status, or `null`.
   * @throws InabilityError ERR_UNABLE_DIRECTORY where the directory has expired.
   */
  signingKey(keyId: string): PublicKey | null;
  /** The sealing key to encrypt for this agent or group now, or `null`. @throws InabilityError as above. */
  sealingKey(name: string, atMs: number): PublicKey | null;
  isMember(agent: string, group: string): boolean;
  has(name: string): boolean;
}
