// Where private keys live: the two operations that the journeys need of them.

/**
 * Signs batch roots under one message-signing key.
 * One call a tree, hence one for up to 64 messages: a store that has to ask a token or a service keeps up with Kafka.
 */
export interface Signer {
  /** 16 bytes. */
  readonly keyId: Buffer;
  /**
   * ECDSA P-256 with SHA-256 over `message`: 64 bytes, r‖s. A store that is not synchronous may be called again before
   * it has answered; calls may be answered in any order, and a service may put several into one request.
   * @throws (or rejects with) InabilityError ERR_UNABLE_KEY_STORE where the store does not answer: nothing is sent
   * unsigned, and the sender waits or fails as its client's time-outs say. A call must not stay open for ever.
   */
  sign(message: Buffer): Buffer | Promise<Buffer>;
}

/**
 * The private keys of one agent: what signs batch roots, and HPKE's private half (RFC 9180, base mode, DHKEM(P-256)).
 * Files, a token (PKCS#11) or a key management service can stand behind it: nothing here needs the key itself, and only
 * `sign` and `unwrap` may have to wait. A service that only agrees keys (raw ECDH) completes `unwrap` with
 * `Primitives.unwrapAgreed`. Ids are 16 bytes as latin1 strings.
 */
export interface KeyStore {
  /** Whether `sign` and `unwrap` answer at once, never with a promise. AMQP's synchronous `publish` needs that. */
  readonly synchronous: boolean;
  /**
   * The newest signing key that is valid now: another one after a rotation. Asked for every message, so it is cheap.
   * @throws KeyError ERR_KEY_MISSING where there is none: nothing can be sent.
   */
  readonly signer: Signer;
  /**
   * The signer of an id, or `null` where this key is not held or no longer good. With it a batch that began before a
   * rotation is finished.
   */
  signerOf(keyId: string): Signer | null;
  /**
   * Whether a sealing key can be used: held, listed for this agent or a group of its, and not past its destroy time.
   * Asked for every message, whatever is kept: what a destroyed key had opened must not open any more.
   * @throws InabilityError ERR_UNABLE_KEY_STORE while a key that the directory lists for this agent is being fetched.
   */
  holds(keyId: string): boolean;
  /**
   * Opens a wrapped data key. Asked once per session.
   * @throws KeyError ERR_KEY_NOT_FOR_ME where the key is not held; ERR_KEY_WRAP where the wrap does not open;
   *   InabilityError ERR_UNABLE_KEY_STORE where the store does not answer.
   */
  unwrap(keyId: string, encapsulated: Buffer, wrapped: Buffer, info: Buffer): Buffer | Promise<Buffer>;
}
