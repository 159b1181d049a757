// What changes from message to message of a session.

/** The header record, as claimed until the signature has been verified. */
export interface HeaderFacts {
  /** −1 where the transport has none. */
  readonly partition: number;
  readonly issuedAtMs: number;
  readonly stream: number;
  readonly sequence: number;
  /** 12 bytes, drawn per batch. */
  readonly salt: Buffer;
  readonly position: number;
  readonly correlationId: Buffer | null;
  readonly causationId: Buffer | null;
  readonly clearNames: readonly string[] | null;
  /** 32 bytes, when names are bound. */
  readonly clearDigest: Buffer | null;
  readonly tombstone: boolean;
}
