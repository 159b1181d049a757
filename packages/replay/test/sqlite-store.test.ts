import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import type { OpenedStore } from '../src/opened-store.js';
import { openSqliteStore } from '../src/sqlite-store.js';
import { SqliteDoneSet } from '../src/sqlite-done-set.js';
import { keptClaim } from '../src/kept-claim.js';
import { claim, hourMs, newFolder, startMs } from './claims.ts';
import { storeContract } from './store-contract.ts';

const maxBytes = 64 * 1024 * 1024;

storeContract('the embedded store', startMs, async () => {
  const file = join(newFolder(), 'replay.sqlite');
  let store = await openSqliteStore({ file, maxBytes });
  return {
    store,
    async again() {
      await store.close();
      store = await openSqliteStore({ file, maxBytes });
      return store;
    },
    end: () => store.close(),
  };
});

/** A process of its own that has the file, and marks one message after the other as done, telling each that is. */
function otherProcess(file: string): { readonly lines: AsyncIterator<string>; kill(): Promise<void> } {
  const program = `
    import { openSqliteStore } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const store = await openSqliteStore({ file: ${JSON.stringify(file)}, maxBytes: ${maxBytes} });
    console.log('open');
    for (let i = 0; ; i += 8) {
      const nonce = (n) => { const b = Buffer.alloc(28, 7); b.writeUInt32BE(0, 16); b.writeBigUInt64BE(BigInt(n), 20); return b; };
      const claims = Array.from({ length: 8 }, (_, j) => ({ scope: 'orders', nonce: nonce(i + j), issuedAtMs: ${startMs}, windowMs: ${24 * hourMs}, owner: 'o' + (i + j) }));
      await store.claim(claims, 60000, ${startMs});
      await store.done(claims, ${startMs});
      console.log(String(i + 7));
    }`;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const text = child.stdout.setEncoding('utf8');
  async function* lines(): AsyncGenerator<string> {
    let rest = '';
    for await (const chunk of text) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop()!;
      yield* parts;
    }
  }
  return {
    lines: lines(),
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

test('killed in the middle of its writes: everything that it was told is done stays done, and the file is whole', async () => {
  const file = join(newFolder(), 'replay.sqlite');
  let last = -1;
  for (let round = 0; round < 8; round++) {
    const child = otherProcess(file);
    await child.lines.next();
    const until = Date.now() + 30 + round * 17;
    while (Date.now() < until || last < 0) {
      const { value } = await child.lines.next();
      last = Math.max(last, Number(value));
    }
    await child.kill();
    // What it said before it died.
    for (;;) {
      const { value, done } = await child.lines.next();
      if (done === true) break;
      last = Math.max(last, Number(value));
    }

    const store = await openSqliteStore({ file, maxBytes });
    const answers = await store.claim(
      Array.from({ length: last + 1 }, (_, i) => claim(i)),
      1,
      startMs,
    );
    await store.close();
    expect(answers.findIndex(({ state }) => state !== 'done')).toBe(-1);
  }
  expect(last).toBeGreaterThan(100);
});

test('one process for a file: another is refused while the first lives, and served when it was killed', async () => {
  const file = join(newFolder(), 'replay.sqlite');
  const child = otherProcess(file);
  await child.lines.next();
  await expect(openSqliteStore({ file, maxBytes })).rejects.toMatchObject({
    code: 'ERR_USAGE_REPLAY',
    message: expect.stringContaining('replay.store.redis') as unknown,
  });
  await child.kill();

  const store = await openSqliteStore({ file, maxBytes });
  await store.close();
});

test('several clients of one process share the file, and the last one to close gives it back', async () => {
  const file = join(newFolder(), 'replay.sqlite');
  const one = await openSqliteStore({ file, maxBytes });
  const two = await openSqliteStore({ file, maxBytes });
  expect(two.id).toBe(one.id);
  await one.claim([claim(1)], 60_000, startMs);
  expect(await two.claim([claim(1)], 60_000, startMs)).toEqual([expect.objectContaining({ state: 'held' })]);
  await one.close();
  await one.close();
  expect(await two.claim([claim(2)], 60_000, startMs)).toEqual([{ state: 'granted' }]);
  await two.close();
  const three = await openSqliteStore({ file, maxBytes });
  expect(await three.claim([claim(1)], 60_000, startMs)).toEqual([{ state: 'granted' }]);
  await three.close();
});

/** What is wrong with opening this file. */
async function refusal(file: string): Promise<unknown> {
  let store: OpenedStore;
  try {
    store = await openSqliteStore({ file, maxBytes });
  } catch (error) {
    return error;
  }
  await store.close();
  throw new Error('it opened');
}

async function filled(file: string): Promise<void> {
  const store = await openSqliteStore({ file, maxBytes });
  const all = Array.from({ length: 3000 }, (_, i) => claim(0, { stream: i }));
  await store.claim(all, 60_000, startMs);
  await store.done(all, startMs);
  await store.close();
}

test('a damaged file, a foreign one and one of a later version are refused by name, and left as they are', async () => {
  const folder = newFolder();
  const good = join(folder, 'good');
  await filled(good);
  expect(statSync(good).mode & 0o077).toBe(0);

  const damaged = join(folder, 'damaged');
  const bytes = readFileSync(good);
  bytes.fill(0xa5, 4096 * 3, 4096 * 5);
  writeFileSync(damaged, bytes);
  expect(await refusal(damaged)).toMatchObject({
    code: 'ERR_USAGE_REPLAY',
    message: expect.stringContaining('damaged') as unknown,
  });
  expect(readFileSync(damaged).equals(bytes)).toBe(true);

  const text = join(folder, 'text');
  writeFileSync(text, 'these are my notes, which are long enough to be a page\n'.repeat(100));
  expect(await refusal(text)).toMatchObject({ code: 'ERR_USAGE_REPLAY' });
  expect(readFileSync(text, 'utf8')).toMatch(/^these are my notes/);

  const foreign = join(folder, 'foreign');
  const other = new DatabaseSync(foreign);
  other.exec('CREATE TABLE mine (a)');
  other.close();
  expect(await refusal(foreign)).toMatchObject({
    code: 'ERR_USAGE_REPLAY',
    message: expect.stringContaining('no replay store') as unknown,
  });

  const later = join(folder, 'later');
  copyFileSync(good, later);
  const newer = new DatabaseSync(later);
  newer.exec('PRAGMA user_version = 2');
  newer.close();
  expect(await refusal(later)).toMatchObject({ code: 'ERR_USAGE_REPLAY' });
});

test('a place that cannot be written is inability, which a cure ends', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(await refusal(join(folder, 'file', 'replay.sqlite'))).toMatchObject({ code: 'ERR_UNABLE_REPLAY' });
});

test('full means that nothing more is done, what was done stays known, and room comes when messages expire', () => {
  const set = new SqliteDoneSet({ file: join(newFolder(), 'replay.sqlite'), maxBytes: 1024 * 1024 });
  const one = (stream: number, atMs: number) =>
    keptClaim(claim(1023, { stream, issuedAtMs: atMs, windowMs: hourMs }));
  let written = 0;
  const fill = (): void => {
    for (; ; written += 100)
      set.add(
        Array.from({ length: 100 }, (_, i) => one(written + i, startMs)),
        startMs,
      );
  };
  expect(fill).toThrow(expect.objectContaining({ code: 'ERR_UNABLE_REPLAY' }));
  expect(written).toBeGreaterThan(1000);
  expect(set.ask([one(0, startMs), one(written - 1, startMs), one(written, startMs)], startMs)).toEqual([
    'done',
    'done',
    'open',
  ]);

  const laterMs = startMs + hourMs + 60_000;
  set.add([one(written, laterMs)], laterMs);
  expect(set.ask([one(written, laterMs), one(written + 1, laterMs)], laterMs)).toEqual(['done', 'open']);
  set.close();
});

test.each([
  ['a write and reading fail', ['COMMIT']],
  ['a write, taking it back and reading fail', ['COMMIT', 'ROLLBACK']],
])('where %s, nothing is answered until it works again, and what was done is known', (_what, failing) => {
  const set = new SqliteDoneSet({ file: join(newFolder(), 'replay.sqlite'), maxBytes });
  const [first, second] = [keptClaim(claim(1)), keptClaim(claim(2))];
  set.add([first], startMs);
  const { exec, prepare } = DatabaseSync.prototype;
  const fail = (): never => {
    throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
  };
  // A disk that is away for a moment.
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
    if (failing.includes(sql)) fail();
    exec.call(this, sql);
  };
  DatabaseSync.prototype.prepare = fail;
  try {
    for (const attempt of [() => set.add([second], startMs), () => set.ask([first], startMs)])
      expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_UNABLE_REPLAY' }));
  } finally {
    Object.assign(DatabaseSync.prototype, { exec, prepare });
  }
  expect(set.ask([first, second], startMs)).toEqual(['done', 'open']);
  set.add([second], startMs);
  expect(set.ask([first, second], startMs)).toEqual(['done', 'done']);
  set.close();
});

test('a message that is older than what was forgotten is refused, also under a window that has grown since', () => {
  const file = join(newFolder(), 'replay.sqlite');
  let set = new SqliteDoneSet({ file, maxBytes });
  const old = keptClaim(claim(1, { windowMs: hourMs }));
  set.add([old], startMs);
  const laterMs = startMs + 2 * hourMs;
  set.add([keptClaim(claim(2, { windowMs: hourMs, stream: 9, issuedAtMs: laterMs }))], laterMs);
  set.close();

  set = new SqliteDoneSet({ file, maxBytes });
  const grown = { windowMs: 24 * hourMs };
  const asked = [
    keptClaim(claim(1, grown)),
    keptClaim(claim(3, grown)),
    keptClaim(claim(4, { ...grown, issuedAtMs: laterMs })),
  ];
  expect(set.ask(asked, laterMs)).toEqual(['forgotten', 'forgotten', 'open']);
  set.close();
});

test('nothing inside its window is forgotten, however much comes', () => {
  const set = new SqliteDoneSet({ file: join(newFolder(), 'replay.sqlite'), maxBytes });
  const minuteMs = 60_000;
  for (let minute = 0; minute < 180; minute++) {
    const atMs = startMs + minute * minuteMs;
    set.add(
      Array.from({ length: 20 }, (_, i) =>
        keptClaim(claim(minute * 20 + i, { windowMs: hourMs, issuedAtMs: atMs })),
      ),
      atMs,
    );
    for (const back of [0, 30, 59]) {
      if (minute < back) continue;
      const then = keptClaim(
        claim((minute - back) * 20 + 3, { windowMs: hourMs, issuedAtMs: atMs - back * minuteMs }),
      );
      expect(set.ask([then], atMs)).toEqual(['done']);
    }
  }
  set.close();
});

test('a clock that was set back by more than a minute is inability, not a memory that looks empty', () => {
  const set = new SqliteDoneSet({ file: join(newFolder(), 'replay.sqlite'), maxBytes });
  set.add([keptClaim(claim(1))], startMs);
  expect(set.ask([keptClaim(claim(1))], startMs - 30_000)).toEqual(['done']);
  const early = () => set.ask([keptClaim(claim(1))], startMs - 2 * hourMs);
  expect(early).toThrow(expect.objectContaining({ code: 'ERR_UNABLE_CLOCK' }));
  set.close();
});
