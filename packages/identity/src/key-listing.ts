// What a key store asks of the directory: which of its keys are listed, for whom, and until when.
import type { PublicKey } from '@sealwire/core';

/** A key as the directory lists it. */
export type OwnListedKey = PublicKey & {
  /** When a sealing key's private half is destroyed; `null` or absent: never. */
  readonly destroyAtMs?: number | null;
};

/** An open directory is one. */
export interface KeyListing {
  /** Grows with each change. */
  readonly version: number;
  readonly groups: readonly string[];
  isAgent(name: string): boolean;
  isMember(agent: string, group: string): boolean;
  /** Ids are 16 bytes as latin1 strings; whatever the status of the key. */
  signingKey(keyId: string): OwnListedKey | null;
  /** @param owners as one of these has it listed */
  sealingKeyById(keyId: string, owners?: readonly string[]): OwnListedKey | null;
  /** Every sealing key of an agent or group. */
  sealingKeys(name: string): readonly OwnListedKey[];
  /** Throws InabilityError where what the directory says of this name has expired: then none of its keys is destroyed. */
  requireUsable?(name: string): void;
  onChange?(listener: () => void): () => void;
}
