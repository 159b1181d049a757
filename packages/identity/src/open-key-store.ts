// The embedded key store: an agent's private keys from a folder of encrypted files.
import type { Primitives } from '@sealwire/crypto';
import { KeptKeys, type KeptKeysOptions } from './kept-keys.js';
import { KeyEncryption } from './key-encryption.js';
import { KeyFolder } from './key-folder.js';
import type { ManagedKeyStore } from './managed-key-store.js';
import { readPassphrase, type PassphraseSource } from './passphrase.js';

export interface KeyStoreOptions extends KeptKeysOptions {
  /** The folder that holds one folder per agent. */
  readonly folder: string;
  /** Asked when the store is opened, and again where a file of another salt appears. */
  readonly passphrase: PassphraseSource;
  readonly primitives: Primitives;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads every private key of an agent into memory, and follows folder and directory from then on: a new key is used as
 * soon as it is here and listed, one whose destroy time has come is overwritten, removed and forgotten. Signing and
 * unwrapping are synchronous. The signer is the newest signing key that is valid now. Sealing keys open until they are
 * destroyed, whatever their status, because what was sealed to them earlier must open; those of a group only while the
 * agent is its member. A key that the directory does not list is kept and not used.
 * Opens without a valid signing key: `signer` says what is missing.
 * Not guaranteed: protection from who can read this process's memory, or copies of a destroyed file on other media.
 * @throws UsageError ERR_USAGE_AGENT; KeyError ERR_KEY_FILE
 */
export async function openKeyStore(options: KeyStoreOptions): Promise<ManagedKeyStore> {
  const { agent, folder, passphrase, primitives, env } = options;
  const encryption = new KeyEncryption(() => readPassphrase(passphrase, env));
  return KeptKeys.open(new KeyFolder(folder, agent, encryption, primitives), options);
}
