// Where private keys are kept: a folder of files, or a token.
import type { SealwireError } from '@sealwire/core';
import type { HeldKey, HeldPurpose } from './held-key.js';
import type { NewGroupKey, NewKey } from './managed-key-store.js';

/** A key at its place. */
export interface PlacedKey {
  /** The file's path, or how the object in the token is called. */
  readonly name: string;
  readonly key: HeldKey;
  /** The agent or group that it is of, where the place knows. */
  readonly owner?: string;
}

/** What is there. */
export interface PlaceContent {
  /** The names of all keys that are there, read or not. */
  readonly names: ReadonlySet<string>;
  /** Those that are new. */
  readonly opened: readonly PlacedKey[];
  readonly problems: readonly SealwireError[];
}

/** What differs between kinds of stores; everything else is `KeptKeys`. */
export interface KeyPlace {
  readonly synchronous: boolean;
  readonly errorCode: 'ERR_KEY_FILE' | 'ERR_KEY_TOKEN';
  /** @throws SealwireError where nothing could be read */
  read(known: ReadonlySet<string>): Promise<PlaceContent>;
  generate(purpose: HeldPurpose, placed: (key: PlacedKey) => void): Promise<NewKey>;
  generateForGroup(group: string, placed: (key: PlacedKey) => void): Promise<NewGroupKey>;
  add(group: string, scalar: Buffer): Promise<PlacedKey>;
  destroy(name: string): Promise<void>;
  /** Destroy times that are remembered beside the keys, by key id as latin1. */
  rememberedTimes(): ReadonlyMap<string, number>;
  remember(times: ReadonlyMap<string, number>): void;
  close(): Promise<void>;
}
