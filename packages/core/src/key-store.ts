// Where private keys live: the two operations that the journeys need of them.

/** Signs batch roots under one message-signing key. */
export interface Signer {
  /** 16 bytes. */
  readonly keyId: Buffer;
  /** ECDSA P-256 with SHA-256 over `message`: 64 bytes, r‖s. */
  sign(message: Buffer): Buffer;
}

/** HPKE’s private half (RFC 9180, base mode, DHKEM(P-256)) for the sealing keys that this agent holds. */
export interface KeyStore {
  readonly signer: Signer;
  /** Ids (16 bytes as latin1 strings) of the sealing keys that can be used. */
  holds(keyId: string): boolean;
  /**
   * Opens a wrapped data key.
   * @throws KeyError ERR_KEY_WRAP where the wrap does not open; InabilityError ERR_UNABLE_KEY_STORE where the store does not answer.
   */
  unwrap(keyId: string, encapsulated: Buffer, wrapped: Buffer, info: Buffer): Buffer | Promise<Buffer>;
}
