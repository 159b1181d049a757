// A directory's listing that a test changes, and folders of keys, for the tests of key stores.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { InabilityError } from '@sealwire/core';
import { keyId } from '@sealwire/crypto';
import {
  keyEncryption,
  keyFileName,
  writePrivateKeyFile,
  type HeldPurpose,
  type KeyFileKind,
  type KeyListing,
  type OwnListedKey,
  type PrivateKey,
} from '../src/index.js';

export const now = Date.parse('2026-06-01T12:00:00.000Z');
export const day = 86_400_000;

/** Who is an agent, who is in which group, and which keys are listed. */
export class Listing implements KeyListing {
  version = 1;
  expired = false;
  readonly members: Record<string, string[]> = { team: ['alice', 'bob'] };
  readonly #keys = new Map<string, OwnListedKey>();
  readonly #listeners = new Set<() => void>();

  get groups(): readonly string[] {
    return Object.keys(this.members);
  }

  isAgent(name: string): boolean {
    return ['alice', 'bob', 'spiffe://example.org/../alice'].includes(name);
  }

  isMember(agent: string, group: string): boolean {
    return this.members[group]?.includes(agent) ?? false;
  }

  signingKey(id: string): OwnListedKey | null {
    return this.#keys.get(`message-signing ${id}`) ?? null;
  }

  sealingKeyById(id: string): OwnListedKey | null {
    return this.#keys.get(`sealing ${id}`) ?? null;
  }

  sealingKeys(name: string): readonly OwnListedKey[] {
    return [...this.#keys]
      .filter(([id, { owner }]) => id.startsWith('sealing') && owner === name)
      .map(([, key]) => key);
  }

  requireUsable(): void {
    if (this.expired) throw new InabilityError('ERR_UNABLE_DIRECTORY', 'expired');
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Publishes a key. */
  list(
    purpose: HeldPurpose,
    { publicKey }: Pick<PrivateKey, 'publicKey'>,
    owner = 'alice',
    changes: Partial<OwnListedKey> = {},
  ): this {
    const id = keyId(purpose, 1, publicKey);
    this.#keys.set(`${purpose} ${id.toString('latin1')}`, {
      keyId: id,
      publicKey,
      owner,
      notBeforeMs: now - day,
      notAfterMs: now + 90 * day,
      distrustFromMs: null,
      ...changes,
    });
    return this.change();
  }

  unlist(purpose: HeldPurpose, { publicKey }: Pick<PrivateKey, 'publicKey'>): this {
    this.#keys.delete(`${purpose} ${keyId(purpose, 1, publicKey).toString('latin1')}`);
    return this.change();
  }

  change(): this {
    this.version++;
    for (const listener of this.#listeners) listener();
    return this;
  }
}

export const passphrase = 'secret';
/** Stretched once for a whole test file. */
const encryption = keyEncryption(passphrase);

/** Writes a key file as the command line does. @returns its path */
export function save(folder: string, agent: string, kind: KeyFileKind, key: PrivateKey): string {
  const file = keyFileName(folder, agent, kind, key.publicKey);
  mkdirSync(dirname(file), { recursive: true });
  writePrivateKeyFile(file, key, encryption);
  return file;
}
