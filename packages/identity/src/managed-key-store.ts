// A key store that can be looked after while it is in use: keys come, rotate and are destroyed.
import type { KeyStore, SealwireError } from '@sealwire/core';
import type { WrappedKey } from '@sealwire/crypto';
import type { HeldPurpose } from './held-key.js';
import type { OwnListedKey } from './key-listing.js';

/** A private key that is in the store. */
export interface StoredKey {
  /** 16 bytes. */
  readonly keyId: Buffer;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  readonly purpose: HeldPurpose;
  /** What the directory says of it; `null` where it is not published: it is kept, and not used. */
  readonly listed: OwnListedKey | null;
  /** When it will be destroyed; `null`: never, as far as is known. */
  readonly destroyAtMs: number | null;
}

/** A new key. It is used once it is stored and the directory lists it; only then may it be published. */
export interface NewKey {
  readonly keyId: Buffer;
  readonly publicKey: Buffer;
  readonly purpose: HeldPurpose;
  /** Proves possession of a signing key. @throws UsageError ERR_USAGE_ARGUMENT for a sealing key */
  sign(message: Buffer): Buffer | Promise<Buffer>;
  /**
   * Puts the private half where it stays, synced to disk. Publish after it resolved and not before: a crash never leaves
   * a published key without its private half. Calling it again does nothing.
   * @throws KeyError ERR_KEY_FILE or ERR_KEY_TOKEN, InabilityError ERR_UNABLE_KEY_STORE: nothing was lost; call it again
   */
  store(): Promise<void>;
  /** It will not be published. */
  discard(): Promise<void>;
}

/** A new key of a group, which its members share. */
export interface NewGroupKey extends NewKey {
  /**
   * The private scalar by HPKE to a member's own sealing key. Until `store` or `discard` is called.
   * @throws UsageError ERR_USAGE_ARGUMENT afterwards, and where the member's key is no point of the curve
   */
  shareFor(memberPublicKey: Buffer, info: Buffer): WrappedKey;
}

/** One agent's keys. Close it when it is no longer needed. */
export interface ManagedKeyStore extends KeyStore {
  readonly agent: string;
  readonly keys: readonly StoredKey[];
  /** What was wrong when the store was last read or a key was to be destroyed; `null` where nothing was. */
  readonly problem: SealwireError | null;
  /**
   * Reads again what is there, and destroys what is due. Happens by itself when the directory changes; calls that come
   * together share one reading. One bad file does not take the other keys away. Never rejects: `problem` says.
   */
  reload(): Promise<void>;
  generateKey(purpose: HeldPurpose): Promise<NewKey>;
  generateGroupKey(group: string): Promise<NewGroupKey>;
  /**
   * Stores a group's key that came as a share.
   * @param scalar 32 bytes; overwritten
   * @throws as `NewKey.store`; UsageError ERR_USAGE_ARGUMENT where it is no scalar
   */
  addKey(group: string, scalar: Buffer): Promise<StoredKey>;
  /** Destroys a key for ever. One that is not there is no error. @throws as `NewKey.store` */
  destroyKey(keyId: string): Promise<void>;
  /** Forgets all keys. Nothing can be signed or opened afterwards. */
  close(): Promise<void>;
}

/** Called by each reload, before a listed key that is not there counts as missing: fetch what else there is. */
export type Gather = (store: ManagedKeyStore) => Promise<void>;
