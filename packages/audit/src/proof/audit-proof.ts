// What a proof of one message holds (PROOF.md §1), read from its file and not yet judged.

/** An event that is proven, and how. */
export interface CoveredEvent {
  /** The event’s bytes, which are ASCII. */
  readonly event: string;
  /** The place in `checkpoints` of the one that covers it. */
  readonly checkpoint: number;
  /** RFC 9162 inclusion path, 32 bytes a node. */
  readonly path: Buffer;
}

export interface ProofCheckpoint {
  /** What its event says; nobody signed it. */
  readonly atMs: number;
  /** The signed note, as it stands in its event. */
  readonly note: string;
}

/** The sender’s signature without the message. As `MessageSignature` of the envelope package. */
export interface BareSignature {
  readonly suite: number;
  readonly senderKeyId: Buffer;
  readonly contentHash: Buffer;
  readonly mac: Buffer;
  readonly proof: Buffer;
}

/** The sealed message. As `MessageParts` of the envelope package. */
export interface SealedMessageParts {
  readonly session: Buffer;
  readonly header: Buffer;
  readonly body: Buffer;
  readonly keyHash: Buffer;
  readonly mac: Buffer;
  readonly proof: Buffer;
}

export interface AuditProof {
  /** 16 bytes. */
  readonly realm: Buffer;
  /** Serial of the newest root document that it was made with. */
  readonly rootSerial: number;
  /** Serials of the issuers’ documents, by the issuer’s id. */
  readonly issuerSerials: ReadonlyMap<string, number>;
  /** 32 bytes. */
  readonly messageHash: Buffer;
  readonly message: BareSignature | SealedMessageParts | null;
  readonly events: readonly CoveredEvent[];
  readonly checkpoints: readonly ProofCheckpoint[];
}

export const isSealedMessage = (message: BareSignature | SealedMessageParts): message is SealedMessageParts =>
  'session' in message;

export const proofLimits = Object.freeze({
  fileBytes: 32 * 1024 * 1024,
  events: 32,
  issuers: 256,
  eventCharacters: 8_000,
  noteCharacters: 8_000,
  /** Of a tree of 2^53 events. */
  pathBytes: 53 * 32,
});
