// Guards of rotation and revocation, each tried by what it is there to keep out.
import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { directoryError } from '../../src/directory/directory-error.js';
import type { DirectoryEntry, ListedKey } from '../../src/directory/directory-entry.js';
import { shareGroupKey } from '../../src/directory/group-key-share.js';
import type { ManagedKeyStore } from '../../src/managed-key-store.js';
import { changedEntry } from '../../src/rotation/changed-entry.js';
import { memberKeyFor } from '../../src/rotation/due-shares.js';
import { gatherGroupKeys } from '../../src/rotation/gather-group-keys.js';
import { acceptedRequest, keyRequest, parseKeyRequest } from '../../src/rotation/key-request.js';
import {
  day,
  failure,
  newPair,
  now,
  pairs,
  primitives,
  realm,
  sealingKey,
  signingKey,
} from '../directory/world.js';
import { Realm } from './realm.js';

const realms: Realm[] = [];
afterEach(async () => {
  for (const one of realms.splice(0)) await one.close();
});

describe('a request for new keys', () => {
  const fresh = newPair();
  const times = () => ({ notBeforeMs: now, notAfterMs: now + day, destroyAtMs: now + 2 * day });
  const request = async (publicKey = fresh.publicKey, of = realm) =>
    parseKeyRequest(
      'request',
      await keyRequest(of, 'alice', [{ purpose: 'sealing', publicKey }], pairs.alice),
    );
  const entry = (changes: Partial<ListedKey> = {}): DirectoryEntry => ({
    name: 'alice',
    members: null,
    keys: [signingKey('alice', pairs.alice, changes), sealingKey('alice', pairs.aliceSealing)],
  });
  const accept = (asked: ReturnType<typeof parseKeyRequest>, to: DirectoryEntry) =>
    acceptedRequest('request', asked, to, realm, times, primitives, now);

  it('is accepted where a listed signing key that is good now signed it', async () => {
    expect(accept(await request(), entry()).keys).toHaveLength(1);
  });

  it.each([
    ['revoked', { distrustFromMs: now - 1 }],
    ['expired', { notAfterMs: now }],
    ['not valid yet', { notBeforeMs: now + 1 }],
  ])('is refused where the key that signed it is %s', async (_, changes) => {
    const asked = await request();
    const { message } = await failure(() => accept(asked, entry(changes)));
    expect(message).toContain('no good signing key of alice');
  });

  it('is refused for another realm, for a group, and for a key that is listed: it would get other times', async () => {
    const elsewhere = await request(fresh.publicKey, Buffer.alloc(16, 9));
    expect((await failure(() => accept(elsewhere, entry()))).message).toContain('for another realm');
    const listed = await request(pairs.aliceSealing.publicKey);
    expect((await failure(() => accept(listed, entry()))).message).toContain('listed already');
    const asked = await request();
    expect((await failure(() => accept(asked, { ...entry(), members: [] }))).message).toContain('is a group');
  });
});

describe('a revocation', () => {
  it('of a key that is revoked already keeps the earlier time', () => {
    const key = signingKey('alice', pairs.alice, { distrustFromMs: now });
    const entry = { name: 'alice', members: null, keys: [key] };
    for (const [again, stays] of [
      [now + 1, now],
      [now - 1, now - 1],
    ] as const) {
      const revoke = [{ key, distrustFromMs: again, reason: null }];
      expect(changedEntry(entry, { revoke }).keys[0]!.distrustFromMs).toBe(stays);
    }
  });
});

describe('a group’s key', () => {
  const own = sealingKey('alice', pairs.aliceSealing);
  const pair = newPair();
  const bare = sealingKey('team', pair);
  const key: ListedKey = {
    ...bare,
    shares: [shareGroupKey(realm, bare, own, pair.scalar, primitives)],
  };

  it('is shared to no member key that is revoked, or destroyed', () => {
    expect(memberKeyFor([own], own.destroyAtMs!, now)).toBe(own);
    expect(memberKeyFor([{ ...own, distrustFromMs: now }], own.destroyAtMs!, now)).toBeNull();
    expect(memberKeyFor([own], own.destroyAtMs!, own.destroyAtMs!)).toBeNull();
  });

  it.each([
    ['taken up by a member in its time', true, now, 1],
    ['not taken up by who is no member', false, now, 0],
    [
      'not taken up again when its time is over: the member’s key would still open it',
      true,
      bare.destroyAtMs!,
      0,
    ],
  ])('is %s', async (_, isMember, nowMs, times) => {
    const added: string[] = [];
    const holder = primitives.sealingKey(pairs.aliceSealing.scalar);
    const store = {
      agent: 'alice',
      keys: [],
      holds: () => true,
      unwrap: (_id: string, encapsulated: Buffer, wrapped: Buffer, info: Buffer) =>
        holder.unwrap(encapsulated, wrapped, info)!,
      addKey: (group: string) => Promise.resolve(added.push(group)),
    } as unknown as ManagedKeyStore;
    const directory = {
      realm,
      groups: ['team'],
      isMember: () => isMember,
      sealingKeys: (name: string) => (name === 'team' ? [key] : [own]),
    };
    await gatherGroupKeys({ directory, primitives, clock: { nowMs: () => nowMs } })(store);
    expect(added).toHaveLength(times);
  });
});

describe('what a crash left over', () => {
  it('is not destroyed while the directory that would list it cannot be read', async () => {
    const made = await Realm.begin(['alice']);
    realms.push(made);
    const crashed = await made.process('alice');
    crashed.directory.source.publish = () => Promise.reject(new Error('crash'));
    await expect(crashed.rotator.rotate()).rejects.toThrow('crash');
    await crashed.close();
    const again = await made.process('alice');
    const { source } = again.directory;
    const orphan = again.keyStore.keys.find(({ listed }) => listed === null)!;
    const intent = join(again.stateFolder, 'rotating', orphan.keyId.toString('hex'));
    utimesSync(intent, now / 1000 - 660, now / 1000 - 660);
    const read = source.read.bind(source);
    source.read = () => Promise.reject(directoryError('unreadable', 'source', 'is away.'));
    source.publish = () => Promise.reject(new Error('away'));
    await expect(again.rotator.rotate()).rejects.toThrow('away');
    expect(existsSync(intent)).toBe(true);
    expect(again.keyStore.keys.some(({ keyId }) => keyId.equals(orphan.keyId))).toBe(true);
    source.read = read;
    await expect(again.rotator.rotate()).rejects.toThrow('away');
    expect(readdirSync(join(again.stateFolder, 'rotating'))).not.toContain(orphan.keyId.toString('hex'));
  });
});
