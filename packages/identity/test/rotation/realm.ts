// A realm on disk: one issuer, two agents and their group, and processes that each have their own key store.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@sealwire/core';
import { keyId, nodePrimitives as primitives } from '@sealwire/crypto';
import { listedKey, type DirectoryEntry } from '../../src/directory/directory-entry.js';
import { fileSource } from '../../src/directory/file-source.js';
import { openDirectory, type FollowedDirectory } from '../../src/directory/live-directory.js';
import { nextDirectory, type EntryChange } from '../../src/directory/next-directory.js';
import { keyEncryption } from '../../src/key-encryption.js';
import { keyFileName } from '../../src/key-file-name.js';
import type { ManagedKeyStore } from '../../src/managed-key-store.js';
import { openKeyStore } from '../../src/open-key-store.js';
import { writePrivateKeyFile } from '../../src/private-key-file.js';
import { mkdirSync } from 'node:fs';
import { gatherGroupKeys } from '../../src/rotation/gather-group-keys.js';
import { KeyIntents } from '../../src/rotation/key-intents.js';
import { Rotator } from '../../src/rotation/rotate.js';
import type { RotationSettings } from '../../src/rotation/rotation-settings.js';
import {
  textOf,
  issuer,
  makeRoot,
  newPair,
  now,
  realm,
  root,
  signingKey,
  SetClock,
  type Pair,
} from '../directory/world.js';

export const minute = 60_000;
/** Keys turn every hour. */
export const settings: RotationSettings = {
  intervalMs: 60 * minute,
  destroyAfterMs: 180 * minute,
  destroyAfterByGroup: new Map(),
  signingValidityMs: 24 * 60 * minute,
  documentValidityMs: 7 * 24 * 60 * minute,
};

const passphrase = 'a passphrase for tests';
const encryption = keyEncryption(passphrase);
process.env['ROTATION_TEST_PASSPHRASE'] = passphrase;

export interface Process {
  readonly agent: string;
  readonly directory: FollowedDirectory;
  readonly keyStore: ManagedKeyStore;
  readonly rotator: Rotator;
  readonly stateFolder: string;
  close(): Promise<void>;
}

export class Realm {
  readonly folder = mkdtempSync(join(tmpdir(), 'sealwire-rotation-'));
  readonly file = join(this.folder, 'directory.jsonl');
  readonly keys = join(this.folder, 'keys');
  readonly clock: Clock & { ms: number };
  readonly #open: Process[] = [];

  constructor(clock: Clock & { ms: number } = new SetClock()) {
    this.clock = clock;
  }

  /** Alice and Bob with signing keys only, and their group without a key. */
  static async begin(members: readonly string[] = ['alice', 'bob']): Promise<Realm> {
    const made = new Realm();
    const first = await makeRoot();
    writeFileSync(made.file, textOf(first));
    const directory = await made.directory('setup');
    const entries = ['alice', 'bob'].map((name): DirectoryEntry => {
      const pair = newPair();
      made.store(name, pair);
      return {
        name,
        members: null,
        keys: [
          signingKey(name, pair, { notBeforeMs: now - minute, notAfterMs: now + settings.signingValidityMs }),
        ],
      };
    });
    await made.publish(directory, [
      ...entries.map((entry) => ({ entry })),
      { entry: { name: 'team', members, keys: [] } },
    ]);
    await directory.close();
    return made;
  }

  store(agent: string, pair: Pair): void {
    mkdirSync(join(this.keys, agent), { recursive: true, mode: 0o700 });
    writePrivateKeyFile(
      keyFileName(this.keys, agent, 'signing', pair.publicKey),
      { scalar: Buffer.from(pair.scalar), publicKey: pair.publicKey },
      encryption,
    );
  }

  directory(name: string): Promise<FollowedDirectory> {
    return openDirectory({
      source: fileSource({ file: this.file, clock: this.clock }),
      rootKeys: [root.publicKey],
      threshold: 1,
      realm,
      stateFolder: join(this.folder, 'state', name),
      primitives,
      clock: this.clock,
      minReadDistanceMs: 0,
    });
  }

  async publish(directory: FollowedDirectory, changes: readonly EntryChange[]): Promise<void> {
    const { line } = await nextDirectory({
      set: directory.set,
      issuer,
      changes,
      nowMs: this.clock.nowMs(),
      expiresAtMs: this.clock.nowMs() + settings.documentValidityMs,
      primitives,
    });
    await directory.source.publish!(line);
    await directory.refresh();
  }

  async process(agent: string, name = agent, changes: Partial<RotationSettings> = {}): Promise<Process> {
    const stateFolder = join(this.folder, 'state', name);
    const directory = await this.directory(name);
    const { clock } = this;
    const keyStore = await openKeyStore({
      agent,
      folder: this.keys,
      passphrase: { env: 'ROTATION_TEST_PASSPHRASE' },
      directory,
      primitives,
      clock,
      gather: gatherGroupKeys({ directory, primitives, clock }),
    });
    const rotator = new Rotator({
      directory,
      keyStore,
      issuer,
      settings: { ...settings, ...changes },
      primitives,
      clock,
      intents: new KeyIntents(join(stateFolder, 'rotating')),
    });
    const opened: Process = {
      agent,
      directory,
      keyStore,
      rotator,
      stateFolder,
      async close() {
        await keyStore.close();
        await directory.close();
      },
    };
    this.#open.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const one of this.#open.splice(0)) await one.close();
  }
}

/** The newest sealing key that senders would take. */
export const current = ({ directory }: Process, name: string, atMs: number) =>
  directory.sealingKey(name, atMs);

export { keyId, listedKey };
