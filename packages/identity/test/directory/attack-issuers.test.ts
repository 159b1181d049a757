// Issuers against each other: what one says under its own names must not reach the keys of another's.
import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  gatherGroupKeys,
  KeyIntents,
  keyFileName,
  openKeyStore,
  Rotator,
  type KeyFileKind,
  type ManagedKeyStore,
} from '../../src/index.js';
import { type DirectoryEntry, type ListedKey } from '../../src/directory/directory-entry.js';
import { shareGroupKey } from '../../src/directory/group-key-share.js';
import { nextDirectory } from '../../src/directory/next-directory.js';
import { keyInMemory } from '../../src/held-key.js';
import { KeyRing } from '../../src/key-ring.js';
import { keyEncryption } from '../../src/key-encryption.js';
import { writePrivateKeyFile } from '../../src/private-key-file.js';
import {
  closeAll,
  day,
  delegation,
  failure,
  follow,
  hour,
  issuer,
  lab,
  latin1,
  made,
  makeRoot,
  newFolder,
  newPair,
  now,
  open,
  pairs,
  people,
  primitives,
  realm,
  sealingKey,
  SetClock,
  signingKey,
  type Opened,
  type Pair,
} from './world.js';

const passphrase = 'a passphrase for tests';
const encryption = keyEncryption(passphrase);
const stores: ManagedKeyStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await closeAll();
});

const spare = newPair();
const both = [delegation(lab, ['lab']), delegation(issuer, [''])];
const orders = [both, [...both].reverse()];

function save(folder: string, kind: KeyFileKind, { scalar, publicKey }: Pair): void {
  const file = keyFileName(folder, 'alice', kind, publicKey);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writePrivateKeyFile(file, { scalar: Buffer.from(scalar), publicKey }, encryption);
}

async function storeOf({ directory, clock }: Opened, folder: string): Promise<ManagedKeyStore> {
  const store = await openKeyStore({
    agent: 'alice',
    folder,
    passphrase: { env: 'PASS' },
    env: { PASS: passphrase },
    directory,
    primitives,
    clock,
    gather: gatherGroupKeys({ directory, primitives, clock }),
  });
  stores.push(store);
  return store;
}

const group = (name: string, members: readonly string[], ...keys: readonly ListedKey[]) => ({
  name,
  members,
  keys,
});
const theirs = (...entries: readonly DirectoryEntry[]) => made({ by: lab, entries });

describe('a sealing key that another issuer lists too', () => {
  const ended = { notBeforeMs: now - 9 * day, notAfterMs: now - 2 * day, destroyAtMs: now + hour };

  test.each([
    ['an agent’s', 'lab/x', null],
    ['a group’s of which the victim is a member', 'lab/x', ['alice']],
  ] as const)('[D-35] as %s key is neither taken away nor destroyed', async (_, name, members) => {
    for (const issuers of orders) {
      for (const [owner, pair, kind] of [
        ['alice', pairs.aliceSealing, 'sealing'],
        ['team', pairs.team, { group: 'team' }],
      ] as const) {
        const clock = new SetClock();
        const opened = await open(
          [
            await makeRoot({ issuers }),
            made(),
            theirs({ name, members, keys: [sealingKey(name, pair, ended)] }),
          ],
          { clock },
        );
        const folder = newFolder();
        save(folder, 'signing', pairs.alice);
        save(folder, kind, pair);
        const id = latin1('sealing', pair);
        const store = await storeOf(opened, folder);
        expect(store.holds(id)).toBe(true);
        expect(opened.directory.sealingKeyById(id, [owner])?.notAfterMs).toBe(now + 90 * day);
        expect(opened.directory.sealingKeyById(id, ['bob'])).toBeNull();
        clock.ms = now + 2 * hour;
        await store.reload();
        expect(store.holds(id)).toBe(true);
        expect(store.keys.find(({ purpose }) => purpose === 'sealing')).toMatchObject({
          listed: { owner },
          destroyAtMs: now + 120 * day,
        });
      }
    }
  });

  test('[D-35] is destroyed at its own time, however long the other has it live', async () => {
    const clock = new SetClock();
    const opened = await open(
      [
        await makeRoot({ issuers: both }),
        made({ expiresAtMs: now + 300 * day }),
        made({
          by: lab,
          expiresAtMs: now + 300 * day,
          entries: [
            group('lab/x', ['alice'], sealingKey('lab/x', pairs.team, { destroyAtMs: now + 900 * day })),
          ],
        }),
      ],
      { clock },
    );
    const folder = newFolder();
    save(folder, { group: 'team' }, pairs.team);
    const store = await storeOf(opened, folder);
    clock.ms = now + 120 * day;
    await store.reload();
    expect(store.keys).toEqual([]);
  });
});

describe('a group of another issuer’s that names somebody a member', () => {
  const groupPair = newPair();

  test('[D-28] with a share that does not open: the store says so, opens nevertheless, and has its other keys', async () => {
    const bad = {
      member: 'alice',
      memberKeyId: sealingKey('alice', pairs.aliceSealing).keyId,
      encapsulated: groupPair.publicKey,
      wrapped: Buffer.alloc(48),
    };
    const evil = sealingKey('lab/x', groupPair, { shares: [bad] });
    const opened = await open([
      await makeRoot({ issuers: both }),
      made(),
      theirs(group('lab/x', ['alice'], evil)),
    ]);
    const folder = newFolder();
    save(folder, 'sealing', pairs.aliceSealing);
    const store = await storeOf(opened, folder);
    expect(store.problem?.code).toBe('ERR_KEY_WRAP');
    expect(store.holds(latin1('sealing', pairs.aliceSealing))).toBe(true);
    expect(store.holds(latin1('sealing', groupPair))).toBe(false);
  });

  test('[D-28] a share to a key that outlives the group’s is not opened, whatever its maker thought', async () => {
    for (const [destroyAtMs, opens] of [
      [now + 119 * day, false],
      [now + 120 * day, true],
    ] as const) {
      const listed = sealingKey('team', groupPair, { destroyAtMs });
      const member = sealingKey('alice', pairs.aliceSealing);
      const shared = shareGroupKey(
        realm,
        { ...listed, destroyAtMs: now + 120 * day },
        member,
        groupPair.scalar,
        primitives,
      );
      const entries = people().map((entry) =>
        entry.name === 'team' ? group('team', ['alice'], { ...listed, shares: [shared] }) : entry,
      );
      const opened = await open([await makeRoot(), made({ entries })]);
      const folder = newFolder();
      save(folder, 'sealing', pairs.aliceSealing);
      const store = await storeOf(opened, folder);
      expect(store.holds(latin1('sealing', groupPair))).toBe(opens);
      expect(store.problem?.code ?? null).toBe(opens ? null : 'ERR_KEY_WRAP');
    }
  });

  test('does not shorten the life of its keys', async () => {
    const short = sealingKey('lab/x', groupPair, {
      notAfterMs: now + 3 * day,
      destroyAtMs: now + 3 * day,
      shares: [
        {
          member: 'lab/y',
          memberKeyId: Buffer.alloc(16),
          encapsulated: groupPair.publicKey,
          wrapped: Buffer.alloc(48),
        },
      ],
    });
    const entries = [{ name: 'alice', members: null, keys: [signingKey('alice', pairs.alice)] }];
    const opened = await open([
      await makeRoot({ issuers: both }),
      made({ entries }),
      theirs(group('lab/x', ['alice'], short)),
    ]);
    const folder = newFolder();
    save(folder, 'signing', pairs.alice);
    const { directory, clock } = opened;
    const rotator = new Rotator({
      directory,
      keyStore: await storeOf(opened, folder),
      issuer,
      settings: {
        intervalMs: day,
        destroyAfterMs: 30 * day,
        destroyAfterByGroup: new Map(),
        signingValidityMs: 90 * day,
        documentValidityMs: 30 * day,
      },
      primitives,
      clock,
      intents: new KeyIntents(null),
    });
    const { keys } = await rotator.rotate();
    expect(keys.find(({ purpose }) => purpose === 'sealing')?.destroyAtMs).toBe(now + 32 * day);
  });
});

describe('revocations', () => {
  test('[D-34] are not taken back, nor moved to later; to earlier they may be', async () => {
    const revoked = (distrustFromMs: number | null) =>
      people().map((entry) =>
        entry.name === 'bob' ? { ...entry, keys: [signingKey('bob', pairs.bob, { distrustFromMs })] } : entry,
      );
    const { directory } = await open([await makeRoot(), made({ entries: revoked(now) })]);
    const next = (distrustFromMs: number | null) =>
      nextDirectory({
        set: directory.set,
        issuer,
        changes: [{ entry: revoked(distrustFromMs).find(({ name }) => name === 'bob')! }],
        nowMs: now,
        expiresAtMs: now + day,
        primitives,
      });
    for (const later of [null, now + 1])
      expect((await failure(() => next(later))).message).toMatch(/was revoked from .* make a new key/);
    for (const same of [now, now - 1]) expect((await next(same)).document.header.serial).toBe(2);
  });
});

test('[D-13] keys of a purpose that was withdrawn are listed nowhere, in a document of before too', async () => {
  const root = await makeRoot();
  const { directory, offer } = await open([root, made()]);
  expect(directory.sealingKeys('alice')).toHaveLength(1);
  const issuers = [delegation(issuer, [''], { purposes: ['message-signing'] })];
  await offer(root, await follow(root, { issuers }), made());
  expect(directory.signingKeys('alice')).toHaveLength(1);
  expect(directory.sealingKeys('alice')).toEqual([]);
  expect(directory.sealingKey('alice', now)).toBeNull();
});

test('[D-35] where a store does not know whose a key is, the group that keeps it longest decides; what was its own is never strange', async () => {
  for (const issuers of orders) {
    const early = sealingKey('lab/x', pairs.team, { destroyAtMs: now + 100 * day });
    const agent = { name: 'lab/z', members: null, keys: [sealingKey('lab/z', spare)] };
    const lines = [await makeRoot({ issuers }), made(), theirs(group('lab/x', ['alice'], early), agent)];
    const { directory, clock } = await open(lines);
    const ring = new KeyRing('alice', directory, clock);
    const held = keyInMemory('sealing', pairs.team, primitives);
    ring.add(held);
    expect(ring.listed(held)?.owner).toBe('team');
    const once = keyInMemory('sealing', spare, primitives);
    expect(ring.strangeness(once)).toContain('is a key of lab/z');
    ring.destroyTimes.set(once.keyId.toString('latin1'), now + day);
    expect(ring.strangeness(once)).toBeNull();
  }
});
