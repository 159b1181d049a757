// Private keys in a folder of encrypted files.
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { KeyError, SealwireError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { DestroyTimes } from './destroy-times.js';
import { destroyFile, destroyingEnd } from './guarded-file.js';
import { keyInMemory, type HeldPurpose } from './held-key.js';
import type { KeyEncryption } from './key-encryption.js';
import { groupOfKeyFile, keyFileName, keyFolder, kindOfKeyFile, type KeyFileKind } from './key-file-name.js';
import type { KeyPlace, PlaceContent, PlacedKey } from './key-place.js';
import type { NewGroupKey } from './managed-key-store.js';
import { newKeyInMemory, privateKeyOfScalar } from './new-key.js';
import {
  decryptKeyFile,
  readEncryptedFile,
  writePrivateKeyFile,
  type EncryptedFile,
} from './private-key-file.js';
import type { PrivateKey } from './private-key-info.js';

interface Sealed extends EncryptedFile {
  readonly purpose: HeldPurpose;
}

/** The keys of one agent under the folder of all. */
export class KeyFolder implements KeyPlace {
  readonly synchronous = true;
  readonly errorCode = 'ERR_KEY_FILE';
  readonly #folder: string;
  readonly #agent: string;
  readonly #encryption: KeyEncryption;
  readonly #primitives: Primitives;
  readonly #times: DestroyTimes;

  constructor(folder: string, agent: string, encryption: KeyEncryption, primitives: Primitives) {
    this.#folder = folder;
    this.#agent = agent;
    this.#encryption = encryption;
    this.#primitives = primitives;
    this.#times = new DestroyTimes(join(keyFolder(folder, agent), 'destroy-times.json'));
  }

  async read(known: ReadonlySet<string>): Promise<PlaceContent> {
    const folder = keyFolder(this.#folder, this.#agent);
    const files = filesIn(folder).map((name) => ({ name, file: join(folder, name) }));
    const problems: SealwireError[] = [];
    for (const { file } of files.filter(({ name }) => name.endsWith(destroyingEnd)))
      attempt(problems, () => {
        destroyFile(file);
      });
    const keyFiles = files.filter(({ name }) => name.endsWith('.pem'));
    const sealed: Sealed[] = [];
    for (const { name, file } of keyFiles)
      if (!known.has(file))
        attempt(problems, () => {
          const purpose = purposeOf(name, file);
          sealed.push({ ...readEncryptedFile(file), purpose });
        });
    await this.#encryption.prepare(sealed.map(({ key }) => key).filter((key) => key.by === 'scrypt'));
    const opened: PlacedKey[] = [];
    for (const each of sealed)
      attempt(problems, () => {
        const key = decryptKeyFile(each, this.#encryption);
        const owner = groupOfKeyFile(basename(each.file)) ?? this.#agent;
        opened.push({ name: each.file, key: keyInMemory(each.purpose, key, this.#primitives), owner });
        key.scalar.fill(0);
      });
    return { names: new Set(keyFiles.map(({ file }) => file)), opened, problems };
  }

  generate(purpose: HeldPurpose, placed: (key: PlacedKey) => void): Promise<NewGroupKey> {
    return this.#generate(purpose === 'sealing' ? 'sealing' : 'signing', placed);
  }

  generateForGroup(group: string, placed: (key: PlacedKey) => void): Promise<NewGroupKey> {
    return this.#generate({ group }, placed);
  }

  async add(group: string, scalar: Buffer): Promise<PlacedKey> {
    const key = privateKeyOfScalar(scalar, this.#primitives);
    scalar.fill(0);
    try {
      return await this.#put({ group }, key);
    } finally {
      key.scalar.fill(0);
    }
  }

  destroy(file: string): Promise<void> {
    // A promise that is rejected, never a call that throws.
    return Promise.resolve().then(() => {
      destroyFile(file);
    });
  }

  rememberedTimes(): ReadonlyMap<string, number> {
    return this.#times.read();
  }

  remember(times: ReadonlyMap<string, number>): void {
    this.#times.write(times);
  }

  close(): Promise<void> {
    this.#encryption.forget();
    return Promise.resolve();
  }

  #generate(kind: KeyFileKind, placed: (key: PlacedKey) => void): Promise<NewGroupKey> {
    const put = async (key: PrivateKey): Promise<void> => {
      placed(await this.#put(kind, key));
    };
    return Promise.resolve(newKeyInMemory(purposeOfKind(kind), this.#primitives, put));
  }

  async #put(kind: KeyFileKind, key: PrivateKey): Promise<PlacedKey> {
    await this.#encryption.prepareToEncrypt();
    mkdirSync(keyFolder(this.#folder, this.#agent), { recursive: true, mode: 0o700 });
    const name = keyFileName(this.#folder, this.#agent, kind, key.publicKey);
    writePrivateKeyFile(name, key, this.#encryption);
    const owner = typeof kind === 'string' ? this.#agent : kind.group;
    return { name, key: keyInMemory(purposeOfKind(kind), key, this.#primitives), owner };
  }
}

function purposeOfKind(kind: KeyFileKind): HeldPurpose {
  return kind === 'signing' ? 'message-signing' : 'sealing';
}

function purposeOf(name: string, file: string): HeldPurpose {
  const kind = kindOfKeyFile(name);
  if (kind !== null) return purposeOfKind(kind);
  throw new KeyError('ERR_KEY_FILE', `${file} is not named as a key file is; move it out of this folder.`);
}

function attempt(problems: SealwireError[], what: () => unknown): void {
  try {
    what();
  } catch (error) {
    if (!(error instanceof SealwireError)) throw error;
    problems.push(error);
  }
}

/** Files that do not end in `.pem` (a copy that was cut off, a note) are not keys. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw new KeyError(
      'ERR_KEY_FILE',
      `${folder} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); check keys.folder in sealwire.yaml, and put the agent's keys there.`,
    );
  }
}
