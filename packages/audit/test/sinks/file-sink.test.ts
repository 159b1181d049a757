// Events in a file: whole, in order, one a line, whatever happens to the process or to the file.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FileSink, type FileSinkOptions } from '../../src/sinks/file-sink.js';

const maxBytes = 1024 * 1024;
let folder: string;
let path: string;
const open: FileSink[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealwire-file-'));
  path = join(folder, 'logs', 'audit.jsonl');
});
afterEach(async () => {
  for (const sink of open.splice(0)) await sink.close();
  rmSync(folder, { recursive: true });
});

async function openSink(options: Partial<FileSinkOptions> = {}): Promise<FileSink> {
  const sink = await FileSink.open({ path, maxBytes, keep: 3, ...options });
  open.push(sink);
  return sink;
}
async function closeSink(sink: FileSink): Promise<void> {
  open.splice(open.indexOf(sink), 1);
  await sink.close();
}

const line = (n: number, bytes = 20): Buffer =>
  Buffer.from(JSON.stringify({ n, fill: 'x'.repeat(Math.max(0, bytes - 19 - String(n).length)) }));
const batch = (...lines: readonly Buffer[]) => ({ chain: '0'.repeat(32), writer: 'alice', lines });
const numbers = (file: string): number[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((text) => (JSON.parse(text) as { n: number }).n);
/** Those put aside first. */
const filesOf = (): string[] =>
  readdirSync(join(folder, 'logs'))
    .filter((name) => /^audit\.jsonl(\.[0-9]+)?$/.test(name))
    .sort((a, b) => (a === 'audit.jsonl' ? 1 : b === 'audit.jsonl' ? -1 : a < b ? -1 : 1))
    .map((name) => join(folder, 'logs', name));

test('every line stands there as its bytes and a line feed, for its owner only', async () => {
  const sink = await openSink();
  await sink.write(batch(line(1), line(2)));
  await sink.write(batch(line(3)));
  expect(readFileSync(path)).toEqual(
    Buffer.concat([line(1), line(2), line(3)].flatMap((one) => [one, Buffer.from('\n')])),
  );
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'logs')).mode & 0o777).toBe(0o700);
});

test('writes that are asked for at once stand in the order in which they were asked for', async () => {
  const sink = await openSink();
  await Promise.all(Array.from({ length: 50 }, (_, i) => sink.write(batch(line(2 * i), line(2 * i + 1)))));
  expect(numbers(path)).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

describe('what a crash tore', () => {
  test('no two events share a line, wherever in the last one the file ends', async () => {
    const whole = Buffer.concat([line(1), line(2)].flatMap((one) => [one, Buffer.from('\n')]));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
        rmSync(join(folder, 'logs'), { recursive: true, force: true });
        await closeSink(await openSink());
        writeFileSync(path, whole.subarray(0, length));
        const kept = numbers(path);
        const sink = await openSink();
        await sink.write(batch(line(7)));
        expect(numbers(path)).toEqual([...kept, 7]);
        await closeSink(sink);
      }),
      { numRuns: 30 },
    );
  });

  test('a process that is killed while it writes leaves whole lines, but for the last', async () => {
    const module = new URL('../../dist/sinks/file-sink.js', import.meta.url).href;
    const program = `
      import { FileSink } from ${JSON.stringify(module)};
      const sink = await FileSink.open(${JSON.stringify({ path, maxBytes: 2 * maxBytes, keep: 100 })});
      for (let n = 0; ; n += 100) {
        const lines = Array.from({ length: 100 }, (_, i) => Buffer.from(JSON.stringify({ n: n + i, fill: 'x'.repeat(500) })));
        await sink.write({ chain: '', writer: '', lines });
        process.stdout.write(String(n + 100) + '\\n');
      }`;
    const child = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      program,
    ]);
    let said = '';
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.split('\n').length > 60) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const acknowledged = Math.max(...said.split('\n').slice(0, -1).map(Number));
    const sink = await openSink({ maxBytes: 2 * maxBytes, keep: 100 });
    await sink.write(batch(line(-1)));
    const all = filesOf().flatMap(numbers);
    expect(all.at(-1)).toBe(-1);
    expect(all.slice(0, -1)).toEqual(Array.from({ length: all.length - 1 }, (_, i) => i));
    expect(all.length - 1).toBeGreaterThanOrEqual(acknowledged);
  });
});

describe('a file that is full', () => {
  test('is put aside under a number that it keeps, and the oldest go', async () => {
    const sink = await openSink({ keep: 2 });
    const perFile = Math.floor(maxBytes / 1000);
    for (let n = 0; n < 4 * perFile; n += 100)
      await sink.write(batch(...Array.from({ length: 100 }, (_, i) => line(n + i, 999))));
    const files = filesOf();
    expect(files.map((file) => file.slice(path.length))).toEqual(['.000002', '.000003', '']);
    for (const file of files) expect(statSync(file).size).toBeLessThanOrEqual(maxBytes);
    const all = files.flatMap(numbers);
    expect(all).toEqual(Array.from({ length: all.length }, (_, i) => all[0]! + i));
    expect(all.at(-1)).toBeGreaterThanOrEqual(4 * perFile - 1);
  });

  test('gives its permissions to the next', async () => {
    const sink = await openSink();
    await closeSink(sink);
    chmodSync(path, 0o640);
    const again = await openSink();
    for (let n = 0; n < 1100; n += 100)
      await again.write(batch(...Array.from({ length: 100 }, (_, i) => line(n + i, 999))));
    expect(filesOf().map((file) => statSync(file).mode & 0o777)).toEqual([0o640, 0o640]);
  });
});

test('a file that somebody moves away or deletes is made anew, and nothing is written to the old one', async () => {
  const sink = await openSink();
  await sink.write(batch(line(1)));
  renameSync(path, `${path}.rotated`);
  await sink.write(batch(line(2)));
  unlinkSync(path);
  await sink.write(batch(line(3)));
  expect(numbers(`${path}.rotated`)).toEqual([1]);
  expect(numbers(path)).toEqual([3]);
});

test('a disk that fails is told, and what it took in part is not left there', async () => {
  const sink = await openSink();
  await sink.write(batch(line(1)));
  rmSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(join(folder, 'logs'), 'in the way');
  await expect(sink.write(batch(line(2)))).rejects.toMatchObject({ code: 'ENOTDIR' });
  rmSync(join(folder, 'logs'));
  await sink.write(batch(line(2)));
  expect(numbers(path)).toEqual([2]);
});

describe('refused is', () => {
  const refusal = (what: string) =>
    expect.objectContaining({
      code: 'ERR_USAGE_FILE',
      message: expect.stringContaining(what) as unknown,
    }) as unknown;

  test('a file that another sink has, until that is closed', async () => {
    const sink = await openSink();
    await expect(openSink()).rejects.toEqual(refusal('is another process’s'));
    await closeSink(sink);
    await openSink();
  });

  test('a folder, and a file that is none of events, which is left as it is', async () => {
    await closeSink(await openSink());
    rmSync(path);
    writeFileSync(path, 'x'.repeat(9000));
    await expect(openSink()).rejects.toEqual(refusal('does not end like a file of audit events'));
    appendFileSync(path, '');
    expect(statSync(path).size).toBe(9000);
    await expect(openSink({ path: join(folder, 'logs') })).rejects.toEqual(refusal('EISDIR'));
    expect(existsSync(join(folder, 'logs'))).toBe(true);
  });
});
