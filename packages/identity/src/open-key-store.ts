// The embedded key store: an agent's private keys from a folder of encrypted files.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KeyError, UsageError, systemClock, type Clock, type KeyStore, type PublicKey } from '@sealwire/core';
import { keyId, type Primitives, type SealingKey, type SigningKey } from '@sealwire/crypto';
import { keyFolder, kindOfKeyFile } from './key-file-name.js';
import { isUsable, type OpenDirectory } from './open-directory.js';
import { readPassphrase, type PassphraseSource } from './passphrase.js';
import { readPrivateKeyFile } from './private-key-file.js';

export interface KeyStoreOptions {
  readonly agent: string;
  /** The folder that holds one folder per agent. */
  readonly folder: string;
  readonly passphrase: PassphraseSource;
  readonly directory: OpenDirectory;
  readonly primitives: Primitives;
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

interface Held<Key> {
  readonly entry: PublicKey;
  readonly key: Key;
}

/**
 * Reads every private key of an agent into memory. Signing and unwrapping are synchronous.
 * The signer is the newest signing key that is valid now; it is chosen once. Sealing keys open whatever their status,
 * because what was sealed to them earlier must open; those of a group only while the agent is its member.
 * Not guaranteed: protection from who can read this process's memory.
 * @throws UsageError ERR_USAGE_AGENT; KeyError ERR_KEY_FILE, ERR_KEY_MISSING
 */
export function openKeyStore(options: KeyStoreOptions): KeyStore {
  const { agent, directory, primitives, clock = systemClock } = options;
  if (!directory.isAgent(agent))
    throw new UsageError(
      'ERR_USAGE_AGENT',
      `${agent} is no agent of the directory; it has: ${directory.agents.slice(0, 20).join(', ')}.`,
    );
  const signing: Held<SigningKey>[] = [];
  const sealing = new Map<string, SealingKey>();
  const folder = keyFolder(options.folder, agent);
  const names = keyFiles(folder);
  const passphrase = readPassphrase(options.passphrase, options.env);
  for (const name of names) {
    const file = join(folder, name);
    const kind = kindOfKeyFile(name);
    if (kind === null)
      throw new KeyError(
        'ERR_KEY_FILE',
        `${file} is not named as a key file is; move it out of this folder.`,
      );
    const { scalar, publicKey } = readPrivateKeyFile(file, passphrase);
    try {
      const id = keyId(kind === 'signing' ? 'message-signing' : 'sealing', 1, publicKey).toString('latin1');
      const entry = kind === 'signing' ? directory.signingKey(id) : directory.sealingKeyById(id);
      checkOwner(file, kind, entry, agent, directory);
      if (kind === 'signing') signing.push({ entry, key: primitives.signingKey(scalar) });
      else if (entry.owner === agent || directory.isMember(agent, entry.owner))
        sealing.set(id, primitives.sealingKey(scalar));
    } finally {
      scalar.fill(0);
    }
  }
  const { entry, key } = newestUsable(signing, agent, clock.nowMs());
  return {
    signer: { keyId: entry.keyId, sign: (message) => key.sign(message) },
    holds: (id) => sealing.has(id),
    unwrap(id, encapsulated, wrapped, info) {
      const held = sealing.get(id);
      if (held === undefined)
        throw new KeyError(
          'ERR_KEY_NOT_FOR_ME',
          'The data key is wrapped for a key that this agent does not hold.',
        );
      const dataKey = held.unwrap(encapsulated, wrapped, info);
      if (dataKey === null)
        throw new KeyError(
          'ERR_KEY_WRAP',
          'The wrapped data key does not open: it was altered, or made for something else.',
        );
      return dataKey;
    },
  };
}

/** Files that do not end in `.pem` (a copy that was cut off, a note) are not keys. */
function keyFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.pem'))
      .sort();
  } catch (error) {
    throw new KeyError(
      'ERR_KEY_FILE',
      `${folder} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); check keys.folder in sealwire.yaml, and put the agent's keys there.`,
    );
  }
}

/** A former member keeps files of its group: they are not used, and no error. Another agent's key here is one. */
function checkOwner(
  file: string,
  kind: 'signing' | 'sealing',
  entry: PublicKey | null,
  agent: string,
  directory: OpenDirectory,
): asserts entry is PublicKey {
  if (entry === null)
    throw new KeyError(
      'ERR_KEY_FILE',
      `${file}: its public half is not in the directory as a ${kind} key; publish a directory that has it, or move the file away.`,
    );
  if (entry.owner !== agent && directory.isAgent(entry.owner))
    throw new KeyError(
      'ERR_KEY_FILE',
      `${file}: this is a key of ${entry.owner}, not of ${agent}; move it away, and replace that agent's keys if it should not have been here.`,
    );
}

function newestUsable(held: readonly Held<SigningKey>[], agent: string, nowMs: number): Held<SigningKey> {
  const newest = held
    .filter(({ entry }) => isUsable(entry, nowMs))
    .sort((a, b) => b.entry.notBeforeMs - a.entry.notBeforeMs)[0];
  if (newest !== undefined) return newest;
  throw new KeyError(
    'ERR_KEY_MISSING',
    held.length === 0
      ? `${agent} has no signing key file; put signing-….pem into its key folder.`
      : `No signing key of ${agent} is valid now: expired, revoked, or not valid yet; make a new key, or check this clock.`,
  );
}
