// What the journeys ask of a directory of agents and keys.
import type { SealwireError } from './errors.js';

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
  /** Grows with every change that look-ups answer from. */
  readonly version: number;
  /**
   * The message-signing key of an id (16 bytes as a latin1 string), whatever its status, or `null`.
   * @throws InabilityError ERR_UNABLE_DIRECTORY where the part of the directory that it is from has expired.
   */
  signingKey(keyId: string): PublicKey | null;
  /** The sealing key to encrypt for this agent or group now, or `null`. @throws InabilityError as above. */
  sealingKey(name: string, atMs: number): PublicKey | null;
  /**
   * The sealing key of an id (16 bytes as a latin1 string), whatever its status, or `null`.
   * @param owners as one of these list it. A sealing key cannot prove whose it is: without them another issuer's word on
   * it, under a name of its own, may be what is answered.
   * @throws InabilityError as above.
   */
  sealingKeyById(keyId: string, owners?: readonly string[]): PublicKey | null;
  isMember(agent: string, group: string): boolean;
  has(name: string): boolean;
  /** Whether it is an agent’s name, and no group’s. Left out: it cannot be told. */
  isAgent?(name: string): boolean;
}

/** A directory that follows its source: every look-up answers from the newest that was accepted. */
export interface LiveDirectory extends Directory {
  /** How long what was published may take to show in the source. 0: a read is conclusive. */
  readonly lagMs: number;
  /** The beginning of the last read of the source that was taken in to its end, by the local clock. */
  readonly readAtMs: number;
  /** Why the newest on offer was not taken, or why the source could not be read; `null` where all is well. */
  readonly problem: SealwireError | null;
  /**
   * Reads the source again. The read begins after this call; calls share reads, and reads keep a distance.
   * Resolves when what was read is in force; never rejects: ask `problem`.
   */
  refresh(): Promise<void>;
  /**
   * To be asked where the directory has no such key: whether it would know if there were one.
   * @throws InabilityError ERR_UNABLE_DIRECTORY where the part that this name would be in has expired.
   */
  requireUsable(name: string): void;
  /** Calls `listener` after each change that look-ups answer from, and each change of `problem`. @returns how to stop it */
  onChange(listener: () => void): () => void;
  /** Stops following the source. Look-ups go on answering from what there is. */
  close(): Promise<void>;
}
