// Making documents: what readers would refuse is refused by the maker, and keys enter with proof.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { KeyStore } from '@sealwire/core';
import fc from 'fast-check';
import { ECDH } from 'node:crypto';
import { openGroupKey, shareGroupKey } from '../../src/directory/group-key-share.js';
import { nextDirectory, type EntryChange } from '../../src/directory/next-directory.js';
import { possessionBytes } from '../../src/directory/possession.js';
import { isPoint } from '../../src/directory/public-point.js';
import {
  closeAll,
  day,
  delegation,
  failure,
  follow,
  issuer,
  issuerId,
  lab,
  labId,
  made,
  makeRoot,
  newPair,
  now,
  open,
  pairs,
  people,
  primitives,
  realm,
  reasonOf,
  sealingKey,
  signingKey,
  type Opened,
  type Pair,
} from './world.js';

afterEach(closeAll);

const next = ({ directory }: Opened, changes: readonly EntryChange[], by: Pair = issuer) =>
  nextDirectory({
    set: directory.set,
    issuer: by,
    changes,
    nowMs: now,
    expiresAtMs: now + 30 * day,
    primitives,
  });

describe('the next document', () => {
  test('is what readers take up: entries added, exchanged and removed, others as they were', async () => {
    const first = await makeRoot();
    const one = made();
    const world = await open([first, one]);
    const carol = newPair();
    const { line, document } = await next(world, [
      { entry: { name: 'carol', members: null, keys: [signingKey('carol', carol)] } },
      { remove: 'bob' },
      { entry: { name: 'team', members: ['alice', 'carol'], keys: [sealingKey('team', pairs.team)] } },
    ]);
    await world.offer(first, one, { line });
    const { directory } = world;
    expect([directory.agents, directory.members('team'), directory.problem]).toEqual([
      ['alice', 'carol'],
      ['alice', 'carol'],
      null,
    ]);
    expect(document.header).toMatchObject({ serial: 2, previous: one.hash, rootSerial: 1 });
    expect(directory.set.documents.get(issuerId)?.hash).toEqual(document.hash);
  });

  test('[D-15] says which documents of other issuers its maker had seen', async () => {
    const first = await makeRoot({ issuers: [delegation(issuer, ['']), delegation(lab, ['lab'])] });
    const labOne = made({ by: lab, entries: [] });
    const world = await open([first, made(), labOne, made({ by: lab, entries: [], after: labOne })]);
    expect((await next(world, [])).document.header.seen).toEqual(new Map([[labId, 2]]));
  });

  test('drops names that a later root gave to somebody else', async () => {
    const first = await makeRoot();
    const second = await follow(first, { issuers: [delegation(issuer, ['']), delegation(lab, ['team'])] });
    const world = await open([first, second, made()]);
    const { document } = await next(world, []);
    expect(document.entries.map(({ name }) => name)).toEqual(['alice', 'bob']);
  });

  test('is refused where it is not its issuer’s to make', async () => {
    const world = await open([
      await makeRoot({ issuers: [delegation(issuer, ['']), delegation(lab, ['lab'])] }),
      made(),
    ]);
    expect(reasonOf(await failure(() => next(world, [], newPair())))).toBe('delegation');
    const entry = { name: 'lab/x', members: null, keys: [] };
    expect(reasonOf(await failure(() => next(world, [{ entry }])))).toBe('delegation');
  });

  test('is refused where its signer signs something else', async () => {
    const world = await open([await makeRoot(), made()]);
    const liar = { ...issuer, sign: () => newPair().sign(Buffer.alloc(1)) };
    expect(reasonOf(await failure(() => next(world, [], liar)))).toBe('signature');
  });

  test('[D-25] lists no signing key without proof of possession under this name', async () => {
    const world = await open([await makeRoot(), made()]);
    const carol = newPair();
    const good = signingKey('carol', carol);
    const wrong = [
      { ...good, possession: null },
      { ...good, possession: newPair().sign(Buffer.alloc(1)) },
      // The proof that she gave under another name.
      { ...good, possession: signingKey('carl', carol).possession },
      // One for another realm.
      { ...good, possession: carol.sign(possessionBytes(Buffer.alloc(16), good)) },
      signingKey('carl', carol),
    ];
    for (const key of wrong)
      expect(
        reasonOf(
          await failure(() => next(world, [{ entry: { name: 'carol', members: null, keys: [key] } }])),
        ),
      ).toBe('possession');
  });

  test('[D-26] lists no new sealing key of an agent that the agent did not sign for', async () => {
    const world = await open([await makeRoot(), made()]);
    const [carol, secret] = [newPair(), newPair()];
    const seals = sealingKey('carol', secret);
    const entry = { name: 'carol', members: null, keys: [signingKey('carol', carol), seals] };
    const claim = (by: Pair) => [{ keyId: seals.keyId, signature: by.sign(possessionBytes(realm, seals)) }];
    expect(reasonOf(await failure(() => next(world, [{ entry }])))).toBe('possession');
    expect(reasonOf(await failure(() => next(world, [{ entry, claims: claim(pairs.alice) }])))).toBe(
      'possession',
    );
    const { document } = await next(world, [{ entry, claims: claim(carol) }]);
    expect(document.entries.map(({ name }) => name)).toContain('carol');
    // One that was listed before needs none again.
    const [alice] = people();
    await next(world, [{ entry: { ...alice!, keys: [...alice!.keys].reverse() } }]);
  });
});

describe('a group key', () => {
  const store = (pair: Pair, id: Buffer): Pick<KeyStore, 'holds' | 'unwrap'> => ({
    holds: (asked) => asked === id.toString('latin1'),
    unwrap(_, encapsulated, wrapped, info) {
      const opened = primitives.sealingKey(pair.scalar).unwrap(encapsulated, wrapped, info);
      if (opened === null) throw new Error('does not open');
      return opened;
    },
  });
  const [secret, member] = [newPair(), newPair()];
  const groupKey = sealingKey('team', secret);
  const memberKey = sealingKey('alice', member);

  test('reaches a member sealed, and nobody else', async () => {
    const share = shareGroupKey(realm, groupKey, memberKey, secret.scalar, primitives);
    const listed = { ...groupKey, shares: [share] };
    expect(await openGroupKey(realm, listed, store(member, memberKey.keyId), primitives)).toEqual(
      secret.scalar,
    );
    expect(await openGroupKey(realm, listed, store(member, Buffer.alloc(16)), primitives)).toBeNull();
    for (const other of [
      { ...listed, owner: 'others' },
      { ...listed, keyId: Buffer.alloc(16) },
    ])
      await expect(openGroupKey(realm, other, store(member, memberKey.keyId), primitives)).rejects.toThrow(
        'does not open',
      );
    await expect(
      openGroupKey(Buffer.alloc(16), listed, store(member, memberKey.keyId), primitives),
    ).rejects.toThrow('does not open');
  });

  test('[D-27] is not sealed to a key that is destroyed later', async () => {
    const late = sealingKey('alice', member, { destroyAtMs: groupKey.destroyAtMs! + 1 });
    expect(
      reasonOf(await failure(() => shareGroupKey(realm, groupKey, late, secret.scalar, primitives))),
    ).toBe('malformed');
  });

  test('[D-28] that is another than the listed one is refused', async () => {
    const share = shareGroupKey(realm, groupKey, memberKey, newPair().scalar, primitives);
    const error = await failure(() =>
      openGroupKey(realm, { ...groupKey, shares: [share] }, store(member, memberKey.keyId), primitives),
    );
    expect(error.code).toBe('ERR_KEY_WRAP');
  });
});

test('[D-4] what is a point is judged as OpenSSL judges it', () => {
  const openssl = (key: Buffer): boolean => {
    try {
      ECDH.convertKey(key, 'prime256v1', undefined, undefined, 'compressed');
      return key.length === 65 && key[0] === 4;
    } catch {
      return false;
    }
  };
  const p = Buffer.from('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff', 'hex');
  const odd = [
    Buffer.alloc(65),
    Buffer.alloc(0),
    Buffer.concat([Buffer.of(4), p, p]),
    Buffer.concat([Buffer.of(4), Buffer.alloc(64)]),
  ];
  for (const key of [
    ...odd,
    issuer.publicKey.subarray(0, 64),
    Buffer.concat([Buffer.of(2), issuer.publicKey.subarray(1)]),
  ])
    expect([key.toString('hex'), isPoint(key)]).toEqual([key.toString('hex'), openssl(key)]);
  fc.assert(
    fc.property(fc.nat(64), fc.nat(255), (at, xor) => {
      const key = Buffer.from(newPair().publicKey);
      key[at]! ^= xor;
      expect(isPoint(key)).toBe(openssl(key));
    }),
    { numRuns: 200 },
  );
});
