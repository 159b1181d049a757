// TUF's attacks on a directory: rollback, freeze, mix-and-match, fast-forward, endless data, and what a restart remembers.
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { InabilityError } from '@sealwire/core';
import {
  closeAll,
  day,
  delegation,
  failure,
  follow,
  hour,
  issuer,
  issuerId,
  lab,
  labId,
  latin1,
  made,
  makeRoot,
  newFolder,
  newPair,
  now,
  open,
  pairs,
  people,
  reasonOf,
  root,
  TestSource,
} from './world.js';

afterEach(closeAll);

const both = { issuers: [delegation(issuer, ['']), delegation(lab, ['lab'])] };
const serialOf = (opened: Awaited<ReturnType<typeof open>>, id = issuerId) =>
  opened.directory.set.documents.get(id)?.header.serial;

describe('rollback', () => {
  test('[D-19] an older document in place of the accepted one is refused and told, running and after a restart', async () => {
    const first = await makeRoot();
    const [one] = [made()];
    const two = made({ after: one });
    const world = await open([first, one, two]);
    await world.offer(first, one);
    expect([serialOf(world), reasonOf(world.directory.problem)]).toEqual([2, 'rollback']);
    await world.directory.close();
    const again = await open([first, one], { stateFolder: world.stateFolder });
    expect([serialOf(again), reasonOf(again.directory.problem)]).toEqual([2, 'rollback']);
    await again.offer(first, one, two);
    expect(again.directory.problem).toBeNull();
  });

  test('[D-19] an older root is refused and told, running and after a restart', async () => {
    const first = await makeRoot();
    const second = await follow(first);
    const world = await open([first, second, made()]);
    await world.offer(first, made());
    expect([world.directory.set.root.document.serial, reasonOf(world.directory.problem)]).toEqual([
      2,
      'rollback',
    ]);
    await world.directory.close();
    const again = await open([first, made()], { stateFolder: world.stateFolder });
    expect([again.directory.set.root.document.serial, reasonOf(again.directory.problem)]).toEqual([
      2,
      'rollback',
    ]);
  });

  test('[D-19] what an issuer had reached stays the floor while it is not delegated', async () => {
    const first = await makeRoot(both);
    const one = made({ by: lab, entries: [] });
    const two = made({ by: lab, entries: [], after: one });
    const world = await open([first, made(), one, two]);
    const second = await follow(first, { issuers: [delegation(issuer, [''])] });
    await world.offer(first, second, made(), one, two);
    const third = await follow(second, both);
    await world.offer(first, second, third, made(), one);
    expect(serialOf(world, labId)).toBeUndefined();
    expect(reasonOf(world.directory.problem)).toBe('rollback');
    await world.offer(first, second, third, made(), one, two);
    expect(serialOf(world, labId)).toBe(2);
  });

  test('[D-20] another document of the accepted serial is refused, running and after a restart', async () => {
    const first = await makeRoot();
    const one = made();
    const other = made({ entries: [] });
    const world = await open([first, one]);
    await world.offer(first, other);
    expect([world.directory.has('alice'), reasonOf(world.directory.problem)]).toEqual([true, 'fork']);
    await world.directory.close();
    const again = await open([first, other], { stateFolder: world.stateFolder });
    expect([again.directory.has('alice'), reasonOf(again.directory.problem)]).toEqual([true, 'fork']);
  });

  test('[D-20] of two documents of one serial the first counts, and it is told', async () => {
    const { directory } = await open([await makeRoot(), made(), made({ entries: [] })]);
    expect([directory.has('alice'), reasonOf(directory.problem)]).toEqual([true, 'fork']);
  });

  test('[D-20] two roots of one serial', async () => {
    const first = await makeRoot();
    const second = await follow(first);
    const other = await follow(first, { expiresAtMs: now + day });
    const world = await open([first, second, made()]);
    await world.offer(first, other, made());
    expect(world.directory.set.root.hash).toEqual(second.hash);
    expect(reasonOf(world.directory.problem)).toBe('fork');
  });

  test('[D-16] a document that follows another than the accepted one is refused; the one after it heals', async () => {
    const first = await makeRoot();
    const one = made();
    const world = await open([first, one]);
    const forked = made({ serial: 2, previous: Buffer.alloc(32) });
    await world.offer(first, one, forked);
    expect([serialOf(world), reasonOf(world.directory.problem)]).toEqual([1, 'fork']);
    await world.offer(first, forked, made({ after: forked }));
    expect([serialOf(world), world.directory.problem]).toEqual([3, null]);
  });
});

describe('freeze', () => {
  test('[D-23] an expired document is used for an hour more, then nothing is a verdict, until a newer one is there', async () => {
    const first = await makeRoot();
    const one = made({ expiresAtMs: now + hour });
    const world = await open([first, one]);
    const { directory, clock } = world;
    const id = latin1('message-signing', pairs.alice);
    clock.ms = now + 2 * hour - 1;
    expect(directory.signingKey(id)?.owner).toBe('alice');
    clock.ms = now + 2 * hour;
    for (const look of [
      () => directory.signingKey(id),
      () => directory.sealingKey('alice', clock.ms),
      () => directory.requireUsable('nobody'),
    ]) {
      const error = await failure(look);
      expect(error).toBeInstanceOf(InabilityError);
      expect(error.code).toBe('ERR_UNABLE_DIRECTORY');
    }
    await world.offer(first, one, made({ after: one }));
    expect(directory.signingKey(id)?.owner).toBe('alice');
  });

  test('[D-23] an expired issuer takes only its own names along; an unknown key under a good name can be judged', async () => {
    const first = await makeRoot(both);
    const world = await open([first, made(), made({ by: lab, entries: [], expiresAtMs: now + hour })]);
    world.clock.ms = now + 3 * hour;
    expect(world.directory.signingKey(latin1('message-signing', pairs.alice))?.owner).toBe('alice');
    world.directory.requireUsable('mallory');
    expect((await failure(() => world.directory.requireUsable('lab/x'))).code).toBe('ERR_UNABLE_DIRECTORY');
  });

  test('[D-23] root and delegation expire too', async () => {
    const id = latin1('message-signing', pairs.alice);
    const roots = [
      await makeRoot({ expiresAtMs: now + hour }),
      await makeRoot({ issuers: [delegation(issuer, [''], { expiresAtMs: now + hour })] }),
    ];
    for (const first of roots) {
      const { directory, clock } = await open([first, made()]);
      clock.ms = now + 2 * hour;
      expect((await failure(() => directory.signingKey(id))).code).toBe('ERR_UNABLE_DIRECTORY');
    }
  });

  test('[D-23] nothing starts with a directory that has expired, and it says since when', async () => {
    const error = await failure(async () =>
      open([await makeRoot(), made({ expiresAtMs: now - hour + 1, issuedAtMs: now - day })], { graceMs: 0 }),
    );
    expect([error.code, reasonOf(error)]).toEqual(['ERR_KEY_DIRECTORY', 'expired']);
    expect(error.message).toContain('2026-06-01T11:00:00.001Z');
  });

  test('[D-17] documents and roots from the future are refused, and taken once the clock is right', async () => {
    const first = await makeRoot();
    const one = made();
    const two = made({ after: one, issuedAtMs: now + 300_001 });
    const world = await open([first, one, two]);
    expect([serialOf(world), reasonOf(world.directory.problem)]).toEqual([1, 'future']);
    world.clock.ms += 1;
    await world.offer(first, one, two);
    expect([serialOf(world), world.directory.problem]).toEqual([2, null]);
    const late = await makeRoot({ issuedAtMs: now + 300_001 });
    expect(reasonOf(await failure(() => open([late, made()])))).toBe('future');
  });
});

describe('mix-and-match', () => {
  test('[D-15] a document is not used beside older ones than its maker had seen', async () => {
    const first = await makeRoot(both);
    const [one, labOne] = [made(), made({ by: lab, entries: [] })];
    const two = made({ after: one });
    const labTwo = made({ by: lab, entries: [], after: labOne, seen: new Map([[issuerId, 2]]) });
    const fresh = await open([first, one, labOne, labTwo]);
    expect([serialOf(fresh), serialOf(fresh, labId), reasonOf(fresh.directory.problem)]).toEqual([
      1,
      1,
      'mixed',
    ]);
    await fresh.offer(first, one, two, labOne, labTwo);
    expect([serialOf(fresh), serialOf(fresh, labId), fresh.directory.problem]).toEqual([2, 2, null]);
  });

  test('[D-15] while a document waits for another, an unknown key of its names is no verdict, for a minute at most', async () => {
    const first = await makeRoot(both);
    const labOne = made({ by: lab, entries: [] });
    const labTwo = made({ by: lab, entries: [], after: labOne, seen: new Map([[issuerId, 2]]) });
    const { directory, clock, offer } = await open([first, made(), labOne, labTwo]);
    expect((await failure(() => directory.requireUsable('lab/new'))).code).toBe('ERR_UNABLE_DIRECTORY');
    directory.requireUsable('alice');
    clock.ms += 60_000;
    await offer(first, made(), labOne, labTwo);
    directory.requireUsable('lab/new');
  });

  test('[D-15] a step back of one makes others step back', async () => {
    const third = newPair();
    const first = await makeRoot({ issuers: [...both.issuers, delegation(third, ['third'])] });
    const labOne = made({ by: lab, entries: [] });
    const labTwo = made({ by: lab, entries: [], after: labOne, seen: new Map([[issuerId, 9]]) });
    const thirdOne = made({ by: third, entries: [], seen: new Map([[labId, 2]]) });
    const world = await open([first, made(), labOne, labTwo, thirdOne]);
    expect(serialOf(world, labId)).toBe(1);
    expect(world.directory.set.documents.size).toBe(2);
  });

  test('[D-14] a document that was made under a later root waits for it', async () => {
    const first = await makeRoot();
    const second = await follow(first);
    const one = made();
    const two = made({ after: one, rootSerial: 2 });
    const world = await open([first, one, two]);
    expect([serialOf(world), reasonOf(world.directory.problem)]).toEqual([1, 'mixed']);
    await world.offer(first, second, one, two);
    expect([serialOf(world), world.directory.problem]).toEqual([2, null]);
  });
});

test('fast-forward: an issuer that was driven to the last serial is replaced by delegating another key', async () => {
  const first = await makeRoot();
  const last = made({ serial: Number.MAX_SAFE_INTEGER, entries: [] });
  const world = await open([first, last]);
  expect(world.directory.has('alice')).toBe(false);
  const second = await follow(first, { issuers: [delegation(lab, [''])] });
  await world.offer(first, second, last, made({ by: lab, rootSerial: 2 }));
  expect([world.directory.has('alice'), world.directory.problem]).toEqual([true, null]);
});

describe('[D-22] junk', () => {
  test('lines that are cut off, garbled or endless do not displace what is good, nor hide what is new', async () => {
    const first = await makeRoot();
    const one = made();
    const two = made({ after: one });
    const world = await open([first, one]);
    const junk = [
      { line: two.line.subarray(0, 500) },
      { line: Buffer.alloc(1000, 0xff) },
      { line: Buffer.alloc(25 * 1024 * 1024, '{"payload":"') },
      {
        line: Buffer.from(
          `{"payload":"${Buffer.from('{"kind":"directory","issuer":1}').toString('base64')}","signatures":[]}`,
        ),
      },
      {
        line: Buffer.from(
          `{"payload":"${Buffer.alloc(300 * 1024, '{"kind":"root",').toString('base64')}","signatures":[]}`,
        ),
      },
    ];
    await world.offer(...junk, first, one, two);
    expect(serialOf(world)).toBe(2);
    expect(world.directory.problems.length).toBeGreaterThanOrEqual(junk.length);
    await world.offer(...junk);
    expect(serialOf(world)).toBe(2);
  });

  test('more lines than a source may hold: the rest is not read', async () => {
    const first = await makeRoot();
    const world = await open([first, made()]);
    const crowd = Array.from({ length: 4097 }, () => first);
    await world.offer(...crowd, made({ after: made() }));
    expect(world.directory.problems.map(reasonOf)).toContain('too-large');
    expect(serialOf(world)).toBe(1);
  });
});

describe('memory', () => {
  test('[D-18] [D-21] it starts from what it remembers where the source is away', async () => {
    const lines = [await makeRoot(), made()];
    const world = await open(lines);
    await world.directory.close();
    const source = new TestSource(world.clock);
    source.failing = new Error('away');
    const again = await open([], { stateFolder: world.stateFolder, source });
    expect(again.directory.has('alice')).toBe(true);
    expect([reasonOf(again.directory.problem), again.directory.readAtMs]).toEqual(['unreadable', 0]);
    source.failing = null;
    await again.offer(...lines);
    expect([again.directory.readAtMs, again.directory.problem]).toEqual([now, null]);
  });

  test('[D-18] it keeps the newest of each issuer, and all roots', async () => {
    const first = await makeRoot();
    const one = made();
    const world = await open([first, one]);
    await world.offer(first, await follow(first), one, made({ after: one }));
    const files = readdirSync(join(world.stateFolder, 'directory', world.directory.realm.toString('hex')));
    expect(files.map((file) => file.slice(0, -70)).sort()).toEqual([
      `${issuerId}-0000000000000002`,
      'root-0000000000000001',
      'root-0000000000000002',
    ]);
  });

  test('processes that share a state folder leave the highest there', async () => {
    const first = await makeRoot();
    const lines = [made()];
    for (let i = 0; i < 5; i++) lines.push(made({ after: lines.at(-1)! }));
    const stateFolder = newFolder();
    const worlds = await Promise.all(lines.map((line) => open([first, line], { stateFolder })));
    expect(worlds).toHaveLength(6);
    expect(serialOf(await open([first, lines[0]!], { stateFolder }))).toBe(6);
  });

  test('a state folder that was lost is made again: then the source is believed as at the first start', async () => {
    const one = made();
    const world = await open([await makeRoot(), one, made({ after: one })]);
    rmSync(world.stateFolder, { recursive: true });
    const again = await open([await makeRoot(), one], { stateFolder: world.stateFolder });
    expect([serialOf(again), again.directory.problem]).toEqual([1, null]);
  });

  test('a state folder that cannot be made refuses to start', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    const error = await failure(async () =>
      open([await makeRoot(), made()], { stateFolder: join(file, 'state') }),
    );
    expect([error.code, error.message]).toEqual(['ERR_USAGE_FILE', expect.stringContaining('state.folder')]);
  });

  test('what cannot be remembered is in force all the same, and told, and remembered once there is room', async () => {
    const first = await makeRoot();
    const one = made();
    const two = made({ after: one });
    const world = await open([first, one]);
    const folder = join(world.stateFolder, 'directory', world.directory.realm.toString('hex'));
    rmSync(folder, { recursive: true });
    await world.offer(first, one, two);
    expect([serialOf(world), reasonOf(world.directory.problem)]).toEqual([2, 'not-remembered']);
    const repaired = await open([first, one], { stateFolder: world.stateFolder });
    await repaired.directory.close();
    await world.offer(first, one, two);
    expect(world.directory.problem).toBeNull();
    expect(serialOf(await open([first, one], { stateFolder: world.stateFolder }))).toBe(2);
  });

  test('a remembered root that the pinned keys did not sign refuses to start', async () => {
    const world = await open([await makeRoot(), made()]);
    const other = newPair();
    const theirs = await makeRoot({ rootKeys: [other.publicKey] }, [other]);
    const error = await failure(() =>
      open([theirs, made()], { rootKeys: [other.publicKey], stateFolder: world.stateFolder }),
    );
    expect(reasonOf(error)).toBe('fork');
  });

  test('others cannot read the state folder', async () => {
    const stateFolder = newFolder();
    chmodSync(stateFolder, 0o755);
    await open([await makeRoot(), made()], { stateFolder });
    const { statSync } = await import('node:fs');
    expect(statSync(stateFolder).mode & 0o777).toBe(0o700);
    expect([people().length, root.publicKey.length]).toEqual([3, 65]);
  });
});
