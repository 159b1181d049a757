// From the pin to the newest root: thresholds, order, and what is not let through.
import { afterEach, describe, expect, test } from '@jest/globals';
import { rootJson } from '../../src/directory/root-document.js';
import { checkRoot, nextRoot, shownRoot, signRoot, firstRoot } from '../../src/directory/next-root.js';
import {
  closeAll,
  day,
  delegation,
  failure,
  follow,
  issuer,
  lab,
  made,
  makeRoot,
  newPair,
  now,
  open,
  pairs,
  primitives,
  realm,
  reasonOf,
  root,
  signedPayload,
} from './world.js';

afterEach(closeAll);

const [a, b, c, d] = [newPair(), newPair(), newPair(), newPair()];
const three = { rootKeys: [a, b, c].map(({ publicKey }) => publicKey), threshold: 2 };

describe('the chain', () => {
  test('[D-5] begins at a root that as many pinned keys signed as the policy asks', async () => {
    const first = await makeRoot(three, [a, c]);
    const pin = { rootKeys: three.rootKeys, threshold: 2 };
    expect((await open([first, made()], pin)).directory.has('alice')).toBe(true);
    expect(reasonOf(await failure(() => open([first, made()], { ...pin, threshold: 3 })))).toBe('signature');
    expect(
      reasonOf(await failure(() => open([first, made()], { ...pin, rootKeys: [b.publicKey, d.publicKey] }))),
    ).toBe('signature');
  });

  test('[D-5] begins at the lowest serial that the pin vouches for, so that an old stolen key cannot skip what came after', async () => {
    const first = await makeRoot();
    const second = await follow(first, { rootKeys: [a.publicKey] }, [root, a]);
    // The first root's key was replaced, was stolen, and signs a much later root.
    const forged = signedPayload(
      Buffer.from(
        rootJson({ ...first.document, serial: 90, previous: second.hash, issuers: [delegation(lab, [''])] }),
      ),
      root,
      90,
      'root',
    );
    const { directory } = await open([first, second, forged, made()]);
    expect(directory.set.root.document.serial).toBe(2);
    expect(reasonOf(directory.problem)).toBe('rollback');
  });

  test('[D-5] begins at a later root where its keys are pinned, without complaint about earlier ones', async () => {
    const first = await makeRoot();
    const second = await follow(first, { rootKeys: [a.publicKey] }, [root, a]);
    const third = await follow(second, {}, [a]);
    const { directory } = await open([first, second, third, made()], { rootKeys: [a.publicKey] });
    expect(directory.set.root.document.serial).toBe(3);
    expect(directory.problem).toBeNull();
  });

  test('[D-6] a root that too few of its own keys signed is refused, by its makers too', async () => {
    const line = await signRoot(firstRoot({ ...(await makeRoot()).document, ...three }), a);
    expect(reasonOf(await failure(() => checkRoot(line, null, primitives)))).toBe('signature');
    // The pin is content with one key, the document is not.
    expect(reasonOf(await failure(() => open([{ line }], { rootKeys: [a.publicKey] })))).toBe('signature');
  });

  test('[D-6] one holder who signs twice counts once', async () => {
    const line = await signRoot(
      await signRoot(firstRoot({ ...(await makeRoot()).document, ...three }), a),
      a,
    );
    expect(JSON.parse(line.toString())).toMatchObject({ signatures: [expect.anything()] });
    expect(reasonOf(await failure(() => checkRoot(line, null, primitives)))).toBe('signature');
    const twice = JSON.parse(line.toString()) as { signatures: unknown[] };
    twice.signatures.push(twice.signatures[0]);
    expect(
      reasonOf(
        await failure(() =>
          open([{ line: Buffer.from(JSON.stringify(twice)) }], { rootKeys: [a.publicKey] }),
        ),
      ),
    ).toBe('malformed');
  });

  test('[D-7] the next root is signed by old and new keys', async () => {
    const first = await makeRoot();
    const unsigned = nextRoot(first, {
      rootKeys: [a.publicKey],
      issuedAtMs: now - day,
      expiresAtMs: now + day,
    });
    const byNew = await signRoot(unsigned, a);
    const byOld = await signRoot(unsigned, root);
    for (const line of [byNew, byOld]) {
      expect(reasonOf(await failure(() => checkRoot(line, first, primitives)))).toBe('signature');
      const { directory } = await open([first, { line }, made()]);
      expect(directory.set.root.document.serial).toBe(1);
      expect(reasonOf(directory.problem)).toBe('signature');
    }
    const both = await signRoot(byOld, a);
    const { directory } = await open([first, { line: both }, made()]);
    expect(directory.set.root.document.rootKeys).toEqual([a.publicKey]);
  });

  test('[D-7] nothing skips a root, changes its realm or names another before it', async () => {
    const first = await makeRoot();
    const second = await follow(first);
    const third = await follow(second);
    const skipped = await open([first, third, made()]);
    expect(skipped.directory.set.root.document.serial).toBe(1);
    expect(reasonOf(skipped.directory.problem)).toBe('rollback');
    for (const [change, reason] of [
      [{ previous: Buffer.alloc(32) }, 'fork'],
      [{ realm: Buffer.alloc(16) }, 'realm'],
    ] as const) {
      const line = signedPayload(Buffer.from(rootJson({ ...second.document, ...change })), root, 2, 'root');
      const { directory } = await open([first, line, made()]);
      expect([directory.set.root.document.serial, reasonOf(directory.problem)]).toEqual([1, reason]);
    }
  });

  test('[D-8] a delegation that is missing from the newest root counts for nothing at once', async () => {
    const first = await makeRoot({ issuers: [delegation(issuer, ['']), delegation(lab, ['lab'])] });
    const entry = { name: 'lab/x', members: null, keys: [] };
    const theirs = made({ by: lab, entries: [entry] });
    const { directory, offer } = await open([first, made(), theirs]);
    expect(directory.has('lab/x')).toBe(true);
    const second = await follow(first, { issuers: [delegation(issuer, [''])] });
    await offer(first, second, made(), theirs);
    expect([directory.has('lab/x'), directory.has('alice')]).toEqual([false, true]);
  });

  test('[D-9] the longest prefix decides, by whole segments, and a prefix is delegated once', async () => {
    const first = await makeRoot({
      issuers: [delegation(issuer, ['']), delegation(lab, ['team', 'spiffe://a/b'])],
    });
    const { delegations } = (await open([first])).directory.set;
    const of = (name: string) => delegations.issuerOf(name)?.publicKey;
    for (const name of ['team', 'team/x', 'team/x/y', 'spiffe://a/b', 'spiffe://a/b/c'])
      expect(of(name)).toEqual(lab.publicKey);
    for (const name of ['teams', 'tea', 'x/team', 'spiffe://a', 'spiffe://a/bc'])
      expect(of(name)).toEqual(issuer.publicKey);
    const none = await open([await makeRoot({ issuers: [delegation(lab, ['team'])] })]);
    expect(none.directory.set.delegations.issuerOf('other')).toBeNull();
    for (const issuers of [
      [delegation(issuer, ['x']), delegation(lab, ['x'])],
      [delegation(issuer, ['x', 'x'])],
      [delegation(issuer, ['x']), delegation(issuer, ['y'])],
      [delegation(issuer, ['x/'])],
      [delegation(issuer, [])],
      [delegation(issuer, ['x'], { purposes: [] })],
    ])
      expect(reasonOf(await failure(() => makeRoot({ issuers })))).toBe('malformed');
  });
});

test('what a root says can be shown before it is signed', async () => {
  const { document, line } = await makeRoot();
  expect(shownRoot(line)).toEqual(document);
  expect(shownRoot(line).realm).toEqual(realm);
});

test.each([
  ['a threshold above the number of keys', { threshold: 2 }],
  ['no root keys', { rootKeys: [] }],
  ['a key twice', { rootKeys: [root.publicKey, root.publicKey] }],
  ['an issuer that is a root key', { issuers: [delegation(root, [''])] }],
  ['no point', { rootKeys: [Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])] }],
  ['the end before the beginning', { expiresAtMs: now - 2 * day }],
] as const)('[D-4] a root document with %s is not made', async (_, changes) => {
  expect(reasonOf(await failure(() => makeRoot(changes)))).toBe('malformed');
  expect(pairs.alice.publicKey).toHaveLength(65);
});
