// A live store of files: keys come, are published, sign, and are destroyed; crashes and full disks lose nothing.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InabilityError, KeyError } from '@sealwire/core';
import { nodePrimitives, noblePrimitives, type Primitives } from '@sealwire/crypto';
import {
  keyFolder,
  openKeyStore,
  readPrivateKeyFile,
  type Gather,
  type KeyStoreOptions,
  type ManagedKeyStore,
} from '../src/index.js';
import { latin1, newFolder, newKey, refusal, SetClock } from './key-world.js';
import { day, Listing, now, passphrase, save } from './listing.js';

const info = Buffer.from('info');
const dataKey = Buffer.alloc(32, 7);
const opened: ManagedKeyStore[] = [];
let folder: string;
let listing: Listing;
let clock: SetClock;
beforeEach(() => {
  folder = newFolder();
  mkdirSync(keyFolder(folder, 'alice'));
  listing = new Listing();
  clock = new SetClock();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

async function open(changes: Partial<KeyStoreOptions> = {}): Promise<ManagedKeyStore> {
  const store = await openKeyStore({
    agent: 'alice',
    folder,
    passphrase: { env: 'PASS' },
    env: { PASS: passphrase },
    directory: listing,
    primitives: nodePrimitives,
    clock,
    ...changes,
  });
  opened.push(store);
  return store;
}

const filesOf = (ending = '.pem') =>
  readdirSync(keyFolder(folder, 'alice')).filter((name) => name.endsWith(ending));
const wrapFor = (key: { publicKey: Buffer }) => nodePrimitives.wrap(key.publicKey, info, dataKey)!;
const idOf = ({ keyId }: { keyId: Buffer }) => keyId.toString('latin1');

describe('a new key', () => {
  test('is on disk before it can be published, and signs from then on without a restart', async () => {
    const store = await open();
    const [first, next] = [
      await store.generateKey('message-signing'),
      await store.generateKey('message-signing'),
    ];
    const proof = await next.sign(info);
    expect(nodePrimitives.verifyKey(next.publicKey)!.verify(info, proof)).toBe(true);
    expect(filesOf()).toEqual([]);
    await first.store();
    listing.list('message-signing', first);
    expect(store.signer.keyId).toEqual(first.keyId);
    await next.store();
    expect(filesOf()).toHaveLength(2);
    expect(store.signer.keyId).toEqual(first.keyId);
    listing.list('message-signing', next, 'alice', { notBeforeMs: now - 1 });
    expect(store.signer.keyId).toEqual(next.keyId);
    // The one before finishes what it began.
    expect(store.signerOf(idOf(first))!.keyId).toEqual(first.keyId);
    expect((await open()).signer.keyId).toEqual(next.keyId);
  });

  test('that is discarded leaves nothing, stored or not', async () => {
    const store = await open();
    const [one, two] = [await store.generateKey('sealing'), await store.generateKey('sealing')];
    await one.discard();
    await two.store();
    await two.discard();
    expect(filesOf('')).toEqual([]);
    expect(store.keys).toEqual([]);
    expect((await refusal(() => one.store())).message).toContain('discarded');
  });

  test('of sealing does not sign', async () => {
    const key = await (await open()).generateKey('sealing');
    expect((await refusal(() => key.sign(info))).code).toBe('ERR_USAGE_ARGUMENT');
  });

  test('of a group reaches its members as a share', async () => {
    const store = await open();
    const bob = newKey();
    const key = await store.generateGroupKey('team');
    const share = key.shareFor(bob.publicKey, info);
    expect((await refusal(() => key.shareFor(Buffer.alloc(65, 4), info))).message).toContain('no point');
    await key.store();
    expect((await refusal(() => key.shareFor(bob.publicKey, info))).message).toContain('before');
    listing.list('sealing', key, 'team');
    expect(store.holds(idOf(key))).toBe(true);
    mkdirSync(keyFolder(folder, 'bob'));
    const atBob = await open({ agent: 'bob' });
    const scalar = nodePrimitives.sealingKey(bob.scalar).unwrap(share.encapsulated, share.wrapped, info)!;
    const stored = await atBob.addKey('team', scalar);
    expect(stored).toMatchObject({ purpose: 'sealing', keyId: key.keyId });
    expect(scalar).toEqual(Buffer.alloc(32));
    const { encapsulated, wrapped } = wrapFor(key);
    expect(atBob.unwrap(idOf(key), encapsulated, wrapped, info)).toEqual(dataKey);
  });

  test('is encrypted as the others of its folder are, and costs no other stretch', async () => {
    save(folder, 'alice', 'sealing', newKey());
    const store = await open();
    const key = await store.generateKey('sealing');
    await key.store();
    const salts = filesOf().map((name) =>
      Buffer.from(
        readFileSync(join(keyFolder(folder, 'alice'), name), 'latin1').replaceAll(/-----.*-----|\n/g, ''),
        'base64',
      )
        .subarray(36, 52)
        .toString('hex'),
    );
    expect(new Set(salts).size).toBe(1);
  });
});

describe('what another process puts into the folder', () => {
  test('is taken up when the directory changes; what it removes is dropped', async () => {
    const store = await open();
    const key = newKey();
    const file = save(folder, 'alice', 'sealing', key);
    const id = latin1('sealing', key);
    listing.list('sealing', key);
    // The directory has just listed it: until the folder was read, a message for it waits.
    expect((await refusal(() => store.holds(id))).code).toBe('ERR_UNABLE_KEY_STORE');
    await store.reload();
    expect(store.holds(id)).toBe(true);
    renameSync(file, `${file}.away`);
    await store.reload();
    clock.ms += 10_000;
    expect(store.holds(id)).toBe(false);
  });

  test('is waited for, and not for ever', async () => {
    const store = await open();
    const key = newKey();
    listing.list('sealing', key);
    await store.reload();
    clock.ms += 9999;
    expect((await refusal(() => store.holds(latin1('sealing', key)))).code).toBe('ERR_UNABLE_KEY_STORE');
    clock.ms++;
    expect(store.holds(latin1('sealing', key))).toBe(false);
    expect(store.holds('unknown')).toBe(false);
  });

  test('is waited for as long as not everything there could be read or stored', async () => {
    let failure: Error | null = null;
    const gather: Gather = () => (failure === null ? Promise.resolve() : Promise.reject(failure));
    const store = await open({ gather });
    const key = newKey();
    for (const [error, waits] of [
      [new InabilityError('ERR_UNABLE_KEY_STORE', 'the token is away'), true],
      [new KeyError('ERR_KEY_FILE', 'the disk is full'), true],
      [new KeyError('ERR_KEY_WRAP', 'a share that does not open'), false],
      [null, false],
    ] as const) {
      failure = error;
      listing.list('sealing', key);
      await store.reload();
      clock.ms += 60_000;
      const holds = (): boolean => store.holds(latin1('sealing', key));
      if (waits) expect((await refusal(holds)).code).toBe('ERR_UNABLE_KEY_STORE');
      else expect(holds()).toBe(false);
    }
  });

  test('and a key that was missing from the start is no reason to wait', async () => {
    const key = newKey();
    listing.list('sealing', key);
    expect((await open()).holds(latin1('sealing', key))).toBe(false);
  });

  test('one bad file takes no other key away, and is told', async () => {
    const [old, next] = [newKey(), newKey()];
    save(folder, 'alice', 'sealing', old);
    listing.list('sealing', old);
    const store = await open();
    const bad = save(folder, 'alice', 'sealing', newKey());
    writeFileSync(bad, readFileSync(bad, 'latin1').slice(0, 100));
    save(folder, 'alice', 'sealing', next);
    listing.list('sealing', next);
    await store.reload();
    expect(store.problem?.code).toBe('ERR_KEY_FILE');
    expect(store.problem?.message).toContain(`${bad} is not one whole PEM block (half-written?)`);
    expect(store.holds(latin1('sealing', old))).toBe(true);
    expect(store.holds(latin1('sealing', next))).toBe(true);
  });

  test('what else is to be fetched is fetched in the same reload', async () => {
    const scalar = nodePrimitives.generatePrivateKey();
    const key = { publicKey: nodePrimitives.sealingKey(scalar).publicKey };
    const gather: Gather = async (store) => {
      if (listing.sealingKeys('team').length > 0 && store.keys.length === 0)
        await store.addKey('team', Buffer.from(scalar));
    };
    const store = await open({ gather });
    listing.list('sealing', key, 'team');
    await store.reload();
    expect(store.holds(latin1('sealing', key))).toBe(true);
  });
});

describe.each([nodePrimitives, noblePrimitives])('forward secrecy ($provider)', (primitives: Primitives) => {
  test('inside the horizon a rewind opens; after it nothing that the store holds does', async () => {
    const store = await open({ primitives });
    const [key, other] = [await store.generateKey('sealing'), await store.generateKey('sealing')];
    for (const each of [key, other]) await each.store();
    const times = { notAfterMs: now + day, destroyAtMs: now + 30 * day };
    listing.list('sealing', key, 'alice', times).list('sealing', other);
    await store.reload();
    const { encapsulated, wrapped } = wrapFor(key);
    clock.ms = now + 30 * day - 1;
    expect(store.unwrap(idOf(key), encapsulated, wrapped, info)).toEqual(dataKey);
    const file = join(
      keyFolder(folder, 'alice'),
      filesOf().find((name) => name.includes(key.keyId.toString('hex').slice(0, 8)))!,
    );
    // Who had the file open sees what became of its bytes.
    const descriptor = openSync(file, 'r');
    const before = readFileSync(file);

    clock.ms = now + 30 * day;
    expect(store.holds(idOf(key))).toBe(false);
    expect((await refusal(() => store.unwrap(idOf(key), encapsulated, wrapped, info))).code).toBe(
      'ERR_KEY_NOT_FOR_ME',
    );
    await store.reload();
    expect(store.problem).toBeNull();
    expect(existsSync(file)).toBe(false);
    const after = Buffer.alloc(before.length);
    readSync(descriptor, after, 0, after.length, 0);
    closeSync(descriptor);
    expect(after.equals(before)).toBe(false);
    expect(after.toString('latin1')).not.toContain('ENCRYPTED');

    // The dump: every file that is left, with its passphrase, and every key of the store's own state.
    const left = filesOf('').map((name) => join(keyFolder(folder, 'alice'), name));
    expect(left.filter((name) => name.endsWith('.pem'))).toHaveLength(1);
    for (const name of left.filter((each) => each.endsWith('.pem'))) {
      const { scalar } = readPrivateKeyFile(name, passphrase);
      expect(primitives.sealingKey(scalar).unwrap(encapsulated, wrapped, info)).toBeNull();
    }
    expect(store.keys.map(idOf)).toEqual([idOf(other)]);
    for (const { keyId } of store.keys)
      expect((await refusal(() => store.unwrap(idOf({ keyId }), encapsulated, wrapped, info))).code).toBe(
        'ERR_KEY_WRAP',
      );
    // And a restart finds nothing to open it with.
    expect((await open()).holds(idOf(key))).toBe(false);
  });
});

describe('a key whose time has come', () => {
  async function listedUntil(destroyAtMs: number) {
    const key = newKey();
    save(folder, 'alice', 'sealing', key);
    listing.list('sealing', key, 'alice', { notAfterMs: now + 1, destroyAtMs });
    return key;
  }

  test('is destroyed by a timer, without anybody asking', async () => {
    const store = await open({ clock: { nowMs: () => Date.now() } });
    const key = newKey();
    save(folder, 'alice', 'sealing', key);
    await store.reload();
    listing.list('sealing', key, 'alice', { destroyAtMs: Date.now() + 50 });
    while (filesOf('').some((name) => name.endsWith('.pem')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(store.holds(latin1('sealing', key))).toBe(false);
  });

  test('is destroyed at the next start where no process ran', async () => {
    await listedUntil(now + day);
    clock.ms = now + 2 * day;
    await open();
    expect(filesOf()).toEqual([]);
  });

  test('is destroyed although the directory has forgotten it', async () => {
    const key = await listedUntil(now + day);
    await (await open()).close();
    listing.unlist('sealing', key);
    expect((await open()).keys[0]).toMatchObject({ listed: null, destroyAtMs: now + day });
    clock.ms = now + day;
    await open();
    expect(filesOf()).toEqual([]);
  });

  test('is not destroyed while the directory itself has expired: the clock may be wrong', async () => {
    const key = await listedUntil(now + day);
    const store = await open();
    clock.ms = now + 400 * day;
    listing.expired = true;
    await store.reload();
    expect(filesOf()).toHaveLength(1);
    clock.ms = now;
    expect(store.holds(latin1('sealing', key))).toBe(true);
  });

  test('that was being destroyed when the process ended is destroyed at the next start', async () => {
    const key = newKey();
    const file = save(folder, 'alice', 'sealing', key);
    renameSync(file, `${file}.destroying`);
    const store = await open();
    expect(filesOf('')).toEqual([]);
    expect(store.keys).toEqual([]);
  });

  test('that cannot be removed is forgotten at once, told, and tried again', async () => {
    const key = await listedUntil(now + day);
    const store = await open();
    clock.ms = now + day;
    const file = join(keyFolder(folder, 'alice'), filesOf()[0]!);
    // A folder in the place of the name that it is given meanwhile.
    mkdirSync(`${file}.destroying`);
    writeFileSync(join(`${file}.destroying`, 'x'), '');
    await store.reload();
    expect(store.problem?.message).toContain('destroy it by hand');
    expect(store.holds(latin1('sealing', key))).toBe(false);
    execFileSync('rm', ['-r', `${file}.destroying`]);
    await store.reload();
    expect(store.problem).toBeNull();
    expect(filesOf()).toEqual([]);
  });
});

describe('a disk that is full, or read-only', () => {
  const canMount = process.getuid?.() === 0 && process.platform === 'linux' && mountable();
  (canMount ? test : test.skip)('loses no key, and says so', async () => {
    const small = newFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k,mode=700', 'tmpfs', small]);
    try {
      mkdirSync(keyFolder(small, 'alice'));
      const old = newKey();
      save(small, 'alice', 'signing', old);
      listing.list('message-signing', old);
      const store = await open({ folder: small });
      writeFileSync(join(small, 'filler'), Buffer.alloc(4096));
      const filled = () => {
        try {
          writeFileSync(join(small, `filler-${readdirSync(small).length}`), Buffer.alloc(4096));
          return false;
        } catch {
          return true;
        }
      };
      while (!filled());
      const key = await store.generateKey('message-signing');
      const error = await refusal(() => key.store());
      expect(error.code).toBe('ERR_KEY_FILE');
      expect(error.message).toMatch(/cannot be written \(ENOSPC\); check folder and disk/);
      expect(readdirSync(keyFolder(small, 'alice')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect(store.signer.keyId).toHaveLength(16);
      for (const name of readdirSync(small).filter((each) => each.startsWith('filler')))
        execFileSync('rm', [join(small, name)]);
      // The same key can still be stored.
      await key.store();
      listing.list('message-signing', key, 'alice', { notBeforeMs: now - 1 });
      expect(store.signer.keyId).toEqual(key.keyId);
    } finally {
      for (const store of opened.splice(0)) await store.close();
      execFileSync('umount', [small]);
    }
  });
});

test('many files of one passphrase open at the price of one', async () => {
  for (let i = 0; i < 60; i++) save(folder, 'alice', 'sealing', newKey());
  expect((await open()).keys).toHaveLength(60);
  for (const name of filesOf())
    expect(statSync(join(keyFolder(folder, 'alice'), name)).mode & 0o777).toBe(0o600);
});

function mountable(): boolean {
  const folder = newFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  }
}
