// What the envelope asks of cryptography; each provider implements all of it for a suite.

/** An AES-256-GCM key, ready for use. */
export interface AeadKey {
  /** @returns ciphertext ‖ 16-byte tag. `iv` is 12 bytes and never used twice under one key. */
  seal(iv: Buffer, aad: Buffer, plaintext: Buffer): Buffer;
  /** As `seal`, with ciphertext and tag apart: what puts them into a record of its own is spared a copy. */
  sealInto(sealed: SealedParts, iv: Buffer, aad: Buffer, plaintext: Buffer): void;
  /** @returns the plaintext, or `null` where the tag does not hold; no unauthenticated byte is ever returned. */
  open(iv: Buffer, aad: Buffer, sealed: Buffer): Buffer | null;
}

/** Where `sealInto` leaves what it makes. */
export interface SealedParts {
  ciphertext: Buffer;
  /** 16 bytes. */
  tag: Buffer;
}

/** An HMAC-SHA256 key, ready for use. */
export interface MacKey {
  /** @param message 32 bytes as a latin1 string (the content hash) @returns 32 bytes as a latin1 string. */
  mac(message: string): string;
}

/** A public ECDSA P-256 key that was checked to be a point of the curve. */
export interface VerifyKey {
  /** @param signature 64 bytes, r‖s; high s is accepted, as FIPS 186-5 does. */
  verify(message: Buffer, signature: Buffer): boolean;
}

/** A private ECDSA P-256 key. */
export interface SigningKey {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  /** @returns 64 bytes, r‖s. Randomised: two signatures of one message differ. */
  sign(message: Buffer): Buffer;
}

/** A private key of DHKEM(P-256, HKDF-SHA256). */
export interface SealingKey {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  /** HPKE base mode, single shot, empty AAD. @returns the data key, or `null` where it does not open or the point is invalid. */
  unwrap(encapsulated: Buffer, wrapped: Buffer, info: Buffer): Buffer | null;
  /**
   * Forgets the key: nothing opens any more. noble's copy is overwritten at once; OpenSSL overwrites its own when the
   * garbage collector frees it.
   */
  destroy(): void;
}

/** A wrapped data key, and the raw ECDH that its recipient's private key gave: what a token or a service answers. */
export interface AgreedWrap {
  /** The x coordinate of the shared point, 32 bytes; overwritten. */
  readonly secret: Buffer;
  /** The recipient's public key: uncompressed point, 65 bytes. */
  readonly recipient: Buffer;
  readonly encapsulated: Buffer;
  readonly wrapped: Buffer;
  readonly info: Buffer;
}

/** A data key wrapped for one recipient key. */
export interface WrappedKey {
  /** Uncompressed point, 65 bytes. */
  readonly encapsulated: Buffer;
  /** Ciphertext ‖ tag, 48 bytes for a 32-byte key. */
  readonly wrapped: Buffer;
}

/**
 * One provider's implementation of a suite. Deterministic operations are byte-identical between providers;
 * signatures and encapsulations of one verify and open under the other.
 */
export interface Primitives {
  readonly provider: 'node' | 'noble';
  /** Cryptographically secure random bytes. */
  randomBytes(bytes: number): Buffer;
  /** SHA-256 as a 32-character latin1 string: a quarter of the cost of a Buffer (see DESIGN.md). */
  hash(data: Buffer): string;
  /** HKDF-Expand with SHA-256 (RFC 5869 §2.3). `pseudoRandomKey` is at least 32 bytes. */
  expand(pseudoRandomKey: Buffer, info: Buffer, bytes: number): Buffer;
  /** @param key 32 bytes, copied. */
  aeadKey(key: Buffer): AeadKey;
  /** @param key 32 bytes, copied. */
  macKey(key: Buffer): MacKey;
  /** @param publicKey uncompressed point, 65 bytes; no other form is taken. @returns `null` where it is no point of the curve. */
  verifyKey(publicKey: Buffer): VerifyKey | null;
  /** @param privateKey the scalar, 32 bytes big-endian. @throws UsageError ERR_USAGE_ARGUMENT where it is out of range. */
  signingKey(privateKey: Buffer): SigningKey;
  /** @param privateKey the scalar, 32 bytes big-endian. @throws UsageError ERR_USAGE_ARGUMENT where it is out of range. */
  sealingKey(privateKey: Buffer): SealingKey;
  /** A new private scalar, 32 bytes, uniformly random in 1…n−1. */
  generatePrivateKey(): Buffer;
  /** HPKE base mode, single shot, empty AAD (RFC 9180 §6.1). @returns `null` where the recipient's key is no point of the curve. */
  wrap(recipientPublicKey: Buffer, info: Buffer, dataKey: Buffer): WrappedKey | null;
  /** Whether this is an uncompressed point of the curve. Ask before a point reaches a token: not every token does. */
  isPoint(publicKey: Buffer): boolean;
  /**
   * As `SealingKey.unwrap`, where the private key is elsewhere.
   * @throws UsageError ERR_USAGE_ARGUMENT where the secret is not 32 bytes.
   */
  unwrapAgreed(agreed: AgreedWrap): Buffer | null;
}
