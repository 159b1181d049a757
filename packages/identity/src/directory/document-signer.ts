// Who signs root and directory documents: a key in memory, or one in a token.

export interface DocumentSigner {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  /** ECDSA P-256 with SHA-256 over `message`: 64 bytes, r‖s. */
  sign(message: Buffer): Buffer | Promise<Buffer>;
}
