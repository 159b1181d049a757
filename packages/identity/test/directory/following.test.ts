// A directory that is open: look-ups, changes while it is in use, files that others write.
import {
  appendFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { linesOf } from '../../src/directory/file-lines.js';
import { fileSource } from '../../src/directory/file-source.js';
import { openDirectory, type FollowedDirectory } from '../../src/directory/live-directory.js';
import { verifyLines } from '../../src/directory/verify-lines.js';
import {
  closeAll,
  day,
  failure,
  fileOf,
  follow,
  issuerId,
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
  reasonOf,
  root,
  sealingKey,
  SetClock,
  signingKey,
  textOf,
} from './world.js';

afterEach(closeAll);

const followed: FollowedDirectory[] = [];
afterEach(async () => {
  for (const one of followed.splice(0)) await one.close();
});

async function openFile(file: string): Promise<FollowedDirectory> {
  const directory = await openDirectory({
    source: fileSource({ file, pollMs: 50 }),
    rootKeys: [root.publicKey],
    threshold: 1,
    realm,
    stateFolder: newFolder(),
    primitives,
    clock: new SetClock(),
    minReadDistanceMs: 0,
  });
  followed.push(directory);
  return directory;
}

/** Resolves at the first change after which this holds. */
function until(directory: FollowedDirectory, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = directory.onChange(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}

const serialOf = ({ set }: FollowedDirectory) => set.documents.get(issuerId)?.header.serial;

describe('look-ups', () => {
  test('keys are found by computed id and by name, whatever their status; agents and groups are told apart', async () => {
    const { directory } = await open([await makeRoot(), made()]);
    expect(directory.signingKey(latin1('message-signing', pairs.alice))).toMatchObject({
      owner: 'alice',
      publicKey: pairs.alice.publicKey,
    });
    expect(directory.signingKey(latin1('sealing', pairs.aliceSealing))).toBeNull();
    expect(directory.signingKey('x'.repeat(16))).toBeNull();
    expect([directory.agents, directory.groups]).toEqual([['alice', 'bob'], ['team']]);
    expect([directory.isAgent('team'), directory.isAgent('alice'), directory.isAgent('nobody')]).toEqual([
      false,
      true,
      false,
    ]);
    expect([
      directory.isMember('alice', 'team'),
      directory.isMember('x', 'team'),
      directory.isMember('alice', 'x'),
    ]).toEqual([true, false, false]);
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect([
        directory.has(name),
        directory.sealingKey(name, now),
        directory.isMember('alice', name),
      ]).toEqual([false, null, false]);
  });

  test('[D-29] one seals to the key that is valid and not revoked, of several to the one that begins last', async () => {
    const [older, newer, revoked] = [newPair(), newPair(), newPair()];
    const keys = [
      sealingKey('team', older, { notBeforeMs: now - 10, notAfterMs: now + 100 }),
      sealingKey('team', newer, { notBeforeMs: now, notAfterMs: now + 50 }),
      sealingKey('team', revoked, { notBeforeMs: now + 1, distrustFromMs: now + day }),
    ];
    const { directory } = await open([
      await makeRoot(),
      made({ entries: [{ name: 'team', members: [], keys }] }),
    ]);
    const at = (ms: number) => directory.sealingKey('team', ms)?.publicKey;
    expect(at(now - 11)).toBeUndefined();
    expect(at(now - 1)).toEqual(older.publicKey);
    expect(at(now)).toEqual(newer.publicKey);
    expect(at(now + 49)).toEqual(newer.publicKey);
    expect(at(now + 50)).toEqual(older.publicKey);
    expect(at(now + 100)).toBeUndefined();
    expect(directory.sealingKeys('team').map(({ publicKey }) => publicKey)).toEqual([
      revoked.publicKey,
      newer.publicKey,
      older.publicKey,
    ]);
  });

  test('lines can be verified once, as of a date, without a source or a memory', async () => {
    const options = { name: 'lines', rootKeys: [root.publicKey], threshold: 1, realm: null, primitives };
    const lines = [(await makeRoot()).line, made().line, Buffer.from('junk')];
    const { directory, problems } = verifyLines(lines, { ...options, clock: new SetClock() });
    expect([directory.has('alice'), problems.map(reasonOf)]).toEqual([true, ['malformed']]);
    expect(reasonOf(await failure(() => verifyLines(lines.slice(1), options)))).not.toBeNull();
  });
});

describe('changes', () => {
  test('[D-24] a change is in force as a whole, in every look-up, and is told once', async () => {
    const first = await makeRoot();
    const one = made();
    const world = await open([first, one]);
    const { directory } = world;
    let told = 0;
    directory.onChange(() => told++);
    const key = signingKey('alice', pairs.alice, { distrustFromMs: now });
    const two = made({ after: one, entries: [{ name: 'alice', members: null, keys: [key] }] });
    await world.offer(first, one, two);
    expect([directory.version, told]).toEqual([2, 1]);
    expect(directory.signingKey(latin1('message-signing', pairs.alice))?.distrustFromMs).toBe(now);
    expect([
      directory.has('bob'),
      directory.isMember('alice', 'team'),
      directory.sealingKey('team', now),
    ]).toEqual([false, false, null]);
    await world.offer(first, one, two);
    expect([directory.version, told]).toEqual([2, 1]);
  });

  test('what did not change is not read again: the same objects answer', async () => {
    const first = await makeRoot();
    const entries = people();
    const one = made({ entries });
    const world = await open([first, one]);
    const before = world.directory.set.documents.get(issuerId)!.entries;
    const more = { name: 'b', members: null, keys: [] };
    await world.offer(first, one, made({ after: one, entries: [entries[0]!, more, ...entries.slice(1)] }));
    const after = world.directory.set.documents.get(issuerId)!.entries;
    expect(after.map(({ name }) => name)).toEqual(['alice', 'b', 'bob', 'team']);
    expect([after[0] === before[0], after[2] === before[1], after[3] === before[2]]).toEqual([
      true,
      true,
      true,
    ]);
    await world.offer(first, made({ serial: 4, entries: [entries[0]!, entries[2]!] }));
    expect(world.directory.agents).toEqual(['alice']);
  });

  test('many who ask for a read share one; whoever asks during a read gets the next', async () => {
    const { directory, source } = await open([await makeRoot(), made()]);
    const before = source.reads;
    await Promise.all([directory.refresh(), directory.refresh(), directory.refresh()]);
    expect(source.reads).toBe(before + 1);
    const first = directory.refresh();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, directory.refresh(), directory.refresh()]);
    expect(source.reads - before).toBeLessThanOrEqual(3);
  });

  test('reads keep their distance, and a closed directory reads nothing more', async () => {
    const { directory, source } = await open([await makeRoot(), made()], { minReadDistanceMs: 60 });
    await directory.refresh();
    const start = performance.now();
    await directory.refresh();
    expect(performance.now() - start).toBeGreaterThan(50);
    await directory.close();
    const { reads } = source;
    await directory.refresh();
    source.touch();
    expect(source.reads).toBe(reads);
    expect(directory.has('alice')).toBe(true);
  });

  test('a listener that hears of a problem can read it, and of its end', async () => {
    const first = await makeRoot();
    const world = await open([first, made()]);
    const seen: unknown[] = [];
    const { directory } = world;
    directory.onChange(() => seen.push(reasonOf(directory.problem)));
    const good = world.source.lines;
    world.source.lines = [first.line, Buffer.from('junk')];
    await directory.refresh();
    world.source.lines = good;
    await directory.refresh();
    expect(seen).toEqual(['malformed', null]);
  });

  test('a listener that throws keeps nobody from hearing, and the directory from nothing', async () => {
    const first = await makeRoot();
    const one = made();
    const world = await open([first, one]);
    let heard = 0;
    world.directory.onChange(() => {
      throw new Error('mine');
    });
    const stop = world.directory.onChange(() => heard++);
    const two = made({ after: one });
    await world.offer(first, one, two);
    stop();
    await world.offer(first, one, two, made({ after: two }));
    expect([heard, serialOf(world.directory), world.directory.problem]).toEqual([1, 3, null]);
  });

  test('ten thousand agents are taken up, and a change among them', async () => {
    const entries = Array.from({ length: 10_000 }, (_, i) => ({
      name: `agent-${String(i).padStart(5, '0')}`,
      members: null,
      keys: i % 10 === 0 ? [sealingKey(`agent-${String(i).padStart(5, '0')}`, newPair())] : [],
    }));
    const first = await makeRoot();
    const one = made({ entries });
    const world = await open([first, one]);
    expect(world.directory.agents).toHaveLength(10_000);
    const two = made({
      after: one,
      entries: entries.map((entry, i) => (i === 5000 ? { ...entry, keys: [] } : entry)),
    });
    await world.offer(first, one, two);
    expect([world.directory.sealingKey('agent-05000', now), world.directory.problem]).toEqual([null, null]);
    expect(world.directory.sealingKey('agent-09990', now)).not.toBeNull();
  });
});

describe('a file', () => {
  test('that is replaced, or written in place, is taken up without being asked', async () => {
    const first = await makeRoot();
    const one = made();
    const file = fileOf(first, one);
    const directory = await openFile(file);
    const two = made({ after: one });
    const second = until(directory, () => serialOf(directory) === 2);
    await fileSource({ file }).publish!(two.line);
    await second;
    const third = until(directory, () => serialOf(directory) === 3);
    appendFileSync(file, textOf(made({ after: two })));
    await third;
    expect(directory.problem).toBeNull();
  });

  test('that is removed is a problem until it is back; what was accepted stays', async () => {
    const lines = [await makeRoot(), made()];
    const file = fileOf(...lines);
    const directory = await openFile(file);
    const { readAtMs } = directory;
    rmSync(file);
    await directory.refresh();
    expect(directory.readAtMs).toBe(readAtMs);
    expect([reasonOf(directory.problem), directory.has('alice')]).toEqual(['unreadable', true]);
    expect(directory.problem?.message).toContain('ENOENT');
    writeFileSync(file, textOf(...lines));
    await directory.refresh();
    expect(directory.problem).toBeNull();
    expect(directory.readAtMs).toBeGreaterThan(readAtMs);
  });

  test('[D-22] that is written half is a problem until it is whole', async () => {
    const first = await makeRoot();
    const one = made();
    const text = textOf(first, one, made({ after: one }));
    const file = fileOf(first, one);
    const directory = await openFile(file);
    for (const bytes of [
      0,
      50,
      textOf(first).length + 30,
      textOf(first, one).length + 100,
      text.length - 20,
    ]) {
      writeFileSync(file, text.subarray(0, bytes));
      await directory.refresh();
      expect([serialOf(directory), directory.problem?.code]).toEqual([1, 'ERR_KEY_DIRECTORY']);
    }
    writeFileSync(file, text);
    await directory.refresh();
    expect([serialOf(directory), directory.problem]).toEqual([2, null]);
  });

  test('that is a folder or not there does not start', async () => {
    expect((await failure(() => openFile(newFolder()))).message).toContain('not a file');
    expect((await failure(() => openFile(`${newFolder()}/none`))).message).toContain('directory.file');
  });

  test('that has not changed is not read again', async () => {
    const file = fileOf(await makeRoot(), made());
    const source = fileSource({ file });
    expect((await source.read(false)).lines).toHaveLength(2);
    expect((await source.read(false)).lines).toBeNull();
    expect((await source.read(true)).lines).toHaveLength(2);
  });
});

describe('publishing to a file', () => {
  const linesIn = (file: string): Buffer[] => linesOf(readFileSync(file));

  test('[D-32] keeps every root and the last two documents, and leaves nothing beside the file', async () => {
    const first = await makeRoot();
    const second = await follow(first);
    const file = `${newFolder()}/directory.jsonl`;
    const source = fileSource({ file });
    let last = made();
    await source.publish!(first.line);
    await source.publish!(last.line);
    await source.publish!(second.line);
    const all = [last];
    for (let i = 0; i < 3; i++) await source.publish!((all.push((last = made({ after: last }))), last.line));
    expect(linesIn(file)).toEqual([first.line, second.line, all[2]!.line, all[3]!.line]);
    expect(readdirSync(dirname(file))).toEqual(['directory.jsonl']);
  });

  test('[D-33] refuses what does not follow, and changes nothing', async () => {
    const first = await makeRoot();
    const one = made();
    const two = made({ after: one });
    const file = fileOf(first, one, two);
    const before = readFileSync(file);
    for (const line of [one.line, two.line, made({ after: one, entries: [] }).line, first.line])
      expect(reasonOf(await failure(() => fileSource({ file }).publish!(line)))).toBe('superseded');
    expect(reasonOf(await failure(() => fileSource({ file }).publish!(Buffer.from('junk'))))).toBe(
      'malformed',
    );
    expect(readFileSync(file)).toEqual(before);
  });

  test('[D-33] of many who publish the same serial at once, one succeeds', async () => {
    const one = made();
    const file = fileOf(await makeRoot(), one);
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => fileSource({ file }).publish!(made({ after: one }).line)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(linesIn(file)).toHaveLength(3);
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test('a lock that its writer left behind is taken away', async () => {
    const file = fileOf(await makeRoot());
    writeFileSync(`${file}.lock`, '');
    const old = new Date(Date.now() - 60_000);
    utimesSync(`${file}.lock`, old, old);
    await fileSource({ file }).publish!(made().line);
    expect(linesIn(file)).toHaveLength(2);
  });

  test('a folder that is not there is told', async () => {
    const error = await failure(() =>
      fileSource({ file: `${newFolder()}/no/directory.jsonl` }).publish!(made().line),
    );
    expect([error.code, error.message]).toEqual(['ERR_KEY_DIRECTORY', expect.stringContaining('ENOENT')]);
  });
});
