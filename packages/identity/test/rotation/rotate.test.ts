// One act of rotation after the other, on real files, with a clock that is set.
import { afterEach, describe, expect, it } from '@jest/globals';
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { now } from '../directory/world.js';
import { minute, Realm, type Process } from './realm.js';

const realms: Realm[] = [];
afterEach(async () => {
  for (const one of realms.splice(0)) await one.close();
});
async function begin(members?: readonly string[]): Promise<Realm> {
  const one = await Realm.begin(members);
  realms.push(one);
  return one;
}

const latin1 = (id: Buffer) => id.toString('latin1');
const info = Buffer.from('info');

/** Seals to what a sender would take now, and opens it in a process. */
async function reads({ directory, keyStore }: Process, name: string, atMs: number): Promise<boolean> {
  const key = directory.sealingKey(name, atMs)!;
  const { encapsulated, wrapped } = primitives.wrap(key.publicKey, info, Buffer.alloc(32, 7))!;
  if (!keyStore.holds(latin1(key.keyId))) return false;
  return (await keyStore.unwrap(latin1(key.keyId), encapsulated, wrapped, info)).equals(Buffer.alloc(32, 7));
}

describe('rotation', () => {
  it('makes the keys that are missing, and gives every member the group’s', async () => {
    const realm = await begin();
    const [alice, bob] = [await realm.process('alice'), await realm.process('bob')];
    await bob.rotator.rotate();
    const { keys } = await alice.rotator.rotate();
    expect(keys.map(({ name, purpose, why }) => `${name} ${purpose} ${why}`)).toEqual([
      'alice sealing first',
    ]);
    await bob.rotator.rotate();
    await alice.directory.refresh();
    await alice.keyStore.reload();
    await bob.directory.refresh();
    await bob.keyStore.reload();
    for (const process of [alice, bob]) expect(await reads(process, 'team', now)).toBe(true);
    expect(await reads(bob, 'bob', now)).toBe(true);
    expect((await alice.rotator.rotate()).serials).toEqual([]);
  });

  it('publishes the next key ahead, and uses it from its beginning', async () => {
    const realm = await begin();
    const alice = await realm.process('alice');
    await alice.rotator.rotate();
    const first = alice.directory.sealingKey('alice', now)!;
    realm.clock.ms = now + 44 * minute;
    expect((await alice.rotator.rotate()).keys).toEqual([]);
    realm.clock.ms = now + 45 * minute;
    const { keys } = await alice.rotator.rotate();
    expect(keys.find(({ name }) => name === 'alice')).toMatchObject({
      why: 'interval',
      notBeforeMs: now + 60 * minute,
      notAfterMs: now + 180 * minute,
      destroyAtMs: now + 360 * minute,
    });
    expect(alice.directory.sealingKey('alice', now + 59 * minute)!.keyId).toEqual(first.keyId);
    expect(alice.directory.sealingKey('alice', now + 60 * minute)!.keyId).not.toEqual(first.keyId);
  });

  it('destroys private keys at their time, and only then', async () => {
    const realm = await begin(['alice']);
    const alice = await realm.process('alice');
    await alice.rotator.rotate();
    const old = latin1(alice.directory.sealingKey('alice', now)!.keyId);
    realm.clock.ms = now + 299 * minute;
    await alice.rotator.rotate();
    await alice.keyStore.reload();
    expect(alice.keyStore.holds(old)).toBe(true);
    realm.clock.ms = now + 300 * minute;
    await alice.rotator.rotate();
    await alice.keyStore.reload();
    expect(alice.keyStore.holds(old)).toBe(false);
    expect(alice.directory.sealingKeyById(old)).toBeNull();
  });

  it('lets one of several processes publish, and leaves the others nothing over', async () => {
    const realm = await begin();
    const processes = [
      await realm.process('alice', 'alice-1'),
      await realm.process('alice', 'alice-2'),
      await realm.process('bob', 'bob-1'),
    ];
    for (const process of processes) await process.rotator.rotate();
    for (let turn = 1; turn <= 3; turn++) {
      realm.clock.ms = now + turn * 60 * minute;
      await Promise.all(processes.map(({ rotator }) => rotator.rotate()));
      for (const { directory, keyStore } of processes) {
        await directory.refresh();
        await keyStore.reload();
        expect(keyStore.problem).toBeNull();
        expect(keyStore.keys.filter(({ listed }) => listed === null)).toEqual([]);
      }
      const [one] = processes;
      expect(one!.directory.sealingKeys('team')).toHaveLength(turn + 1);
      expect(one!.directory.sealingKeys('alice')).toHaveLength(turn + 1);
      for (const process of processes)
        expect(await reads(process, 'team', realm.clock.ms + 15 * minute)).toBe(true);
    }
  });

  it('rotates a group at once when a member leaves; who left is not given the new key', async () => {
    const realm = await begin();
    const [alice, bob] = [await realm.process('alice'), await realm.process('bob')];
    for (const { rotator } of [bob, alice, bob]) await rotator.rotate();
    await alice.directory.refresh();
    await alice.keyStore.reload();
    const old = alice.directory.sealingKey('team', now)!;
    const entry = [...alice.directory.set.documents.values()][0]!.entries.find(
      ({ name }) => name === 'team',
    )!;
    await realm.publish(alice.directory, [{ entry: { ...entry, members: ['alice'] } }]);
    const { keys } = await alice.rotator.rotate();
    expect(keys.map(({ name, why }) => `${name} ${why}`)).toEqual(['team member']);
    const fresh = alice.directory.sealingKeys('team').find(({ keyId }) => !keyId.equals(old.keyId))!;
    expect(fresh.shares.map(({ member }) => member)).toEqual(['alice']);
    expect(alice.directory.sealingKey('team', now)!.keyId).toEqual(fresh.keyId);
    expect(alice.directory.sealingKeyById(latin1(old.keyId))!.distrustFromMs).toBe(now);
    // What was on its way is still read by who stayed.
    expect(alice.keyStore.holds(latin1(old.keyId))).toBe(true);
  });

  it('gives a member that comes the key that is in use', async () => {
    const realm = await begin(['alice']);
    const [alice, bob] = [await realm.process('alice'), await realm.process('bob')];
    await alice.rotator.rotate();
    const old = alice.directory.sealingKey('team', now)!;
    const entry = [...alice.directory.set.documents.values()][0]!.entries.find(
      ({ name }) => name === 'team',
    )!;
    realm.clock.ms += minute;
    await realm.publish(alice.directory, [{ entry: { ...entry, members: ['alice', 'bob'] } }]);
    await bob.rotator.rotate();
    await alice.rotator.rotate();
    expect(alice.directory.sealingKey('team', realm.clock.ms)!.keyId).toEqual(old.keyId);
    await bob.directory.refresh();
    await bob.keyStore.reload();
    expect(await reads(bob, 'team', realm.clock.ms)).toBe(true);
    expect((await alice.rotator.rotate()).serials).toEqual([]);
  });

  it('replaces at once what is forced', async () => {
    const realm = await begin();
    const alice = await realm.process('alice');
    await alice.rotator.rotate();
    realm.clock.ms = now + 50 * minute;
    await alice.rotator.rotate();
    const before = alice.directory.sealingKeys('alice').map(({ keyId }) => keyId.toString('hex'));
    await alice.rotator.rotate(new Set(['alice']));
    for (const atMs of [realm.clock.ms, realm.clock.ms + 30 * minute])
      expect(before).not.toContain(alice.directory.sealingKey('alice', atMs)!.keyId.toString('hex'));
    expect(alice.keyStore.signer.keyId).toEqual(alice.directory.signingKeys('alice')[0]!.keyId);
  });

  it('keeps the old keys in use while nothing can be stored, and goes on afterwards', async () => {
    const realm = await begin(['alice']);
    const alice = await realm.process('alice');
    await alice.rotator.rotate();
    realm.clock.ms = now + 50 * minute;
    const files = readdirSync(join(realm.keys, 'alice'));
    // As a full disk does: who runs the tests may write everywhere.
    const { generateKey } = alice.keyStore;
    alice.keyStore.generateKey = async (purpose) => {
      const key = await generateKey.call(alice.keyStore, purpose);
      return { ...key, store: () => Promise.reject(new Error('ENOSPC')), discard: () => key.discard() };
    };
    await expect(alice.rotator.rotate()).rejects.toThrow('ENOSPC');
    expect(await reads(alice, 'alice', realm.clock.ms)).toBe(true);
    alice.keyStore.generateKey = generateKey;
    expect((await alice.rotator.rotate()).keys.map(({ name }) => name)).toContain('alice');
    expect(readdirSync(join(realm.keys, 'alice')).filter((name) => !files.includes(name))).toHaveLength(2);
  });

  it('publishes after a failure what it had stored before', async () => {
    const realm = await begin(['alice']);
    const alice = await realm.process('alice');
    await alice.rotator.rotate();
    realm.clock.ms = now + 50 * minute;
    const { source } = alice.directory;
    const publish = source.publish!.bind(source);
    source.publish = () => Promise.reject(new Error('away'));
    for (let attempt = 0; attempt < 3; attempt++)
      await expect(alice.rotator.rotate()).rejects.toThrow('away');
    const unlisted = alice.keyStore.keys
      .filter(({ listed }) => listed === null)
      .map(({ keyId }) => keyId.toString('hex'));
    expect(unlisted).toHaveLength(2);
    source.publish = publish;
    const { keys } = await alice.rotator.rotate();
    expect(keys.map(({ keyId }) => keyId).sort()).toEqual(unlisted.sort());
  });

  it('destroys after a crash what was stored and never published, and keeps what was', async () => {
    const realm = await begin(['alice']);
    const crashed = await realm.process('alice');
    const { source } = crashed.directory;
    source.publish = () => Promise.reject(new Error('crash'));
    await expect(crashed.rotator.rotate()).rejects.toThrow('crash');
    await crashed.close();
    const again = await realm.process('alice');
    const orphans = again.keyStore.keys.filter(({ listed }) => listed === null);
    expect(orphans).toHaveLength(1);
    await again.rotator.rotate();
    // Not at once: another process may be about to publish it.
    expect(again.keyStore.keys.some(({ keyId }) => keyId.equals(orphans[0]!.keyId))).toBe(true);
    const intents = join(again.stateFolder, 'rotating');
    const [intent] = readdirSync(intents);
    expect(intent).toBe(orphans[0]!.keyId.toString('hex'));
    utimesSync(join(intents, intent!), now / 1000 - 660, now / 1000 - 660);
    await again.rotator.rotate();
    expect(again.keyStore.keys.some(({ keyId }) => keyId.equals(orphans[0]!.keyId))).toBe(false);
    expect(readdirSync(intents)).toEqual([]);
    expect(await reads(again, 'alice', now)).toBe(true);
  });

  it('never lets a revoked agent in again by itself, but when it is forced', async () => {
    const realm = await begin(['alice']);
    const alice = await realm.process('alice');
    await alice.rotator.rotate();
    const { revocation } = await import('../../src/rotation/revoke.js');
    const entries = [...alice.directory.set.documents.values()][0]!.entries;
    const { changes } = revocation(entries, { which: 'alice', distrustFromMs: now, reason: 'stolen' });
    await realm.publish(alice.directory, changes);
    realm.clock.ms = now + minute;
    expect((await alice.rotator.rotate()).keys.filter(({ name }) => name === 'alice')).toEqual([]);
    expect(() => alice.keyStore.signer).toThrow('No signing key');
    await alice.rotator.rotate(new Set(['alice']));
    expect(alice.keyStore.signer).toBeDefined();
  });

  it('issues the document anew before it expires', async () => {
    const realm = await begin(['alice']);
    const documentValidityMs = 600 * minute;
    const alice = await realm.process('alice', 'alice', { intervalMs: 1e12, documentValidityMs });
    await alice.rotator.rotate();
    realm.clock.ms = now + documentValidityMs / 2 - minute;
    expect((await alice.rotator.rotate()).serials).toEqual([]);
    realm.clock.ms = now + documentValidityMs / 2;
    expect((await alice.rotator.rotate()).serials).toHaveLength(1);
    expect(alice.directory.expiresAtMs).toBe(realm.clock.ms + documentValidityMs);
  });
});
