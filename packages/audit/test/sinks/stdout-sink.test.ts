// Events on standard output: whole lines with their own bytes, however slow the reader is and however the process ends.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StdoutSink } from '../../src/sinks/stdout-sink.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealwire-stdout-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (program: string): ChildProcess =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { StdoutSink } from ${JSON.stringify(new URL('../../dist/sinks/stdout-sink.js', import.meta.url).href)};
      const sink = new StdoutSink();
      const line = (n) => Buffer.from(JSON.stringify({ n, fill: 'x'.repeat(5000) }));
      const batch = (...lines) => ({ chain: '', writer: '', lines });
      ${program}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
const batch = (...lines: readonly Buffer[]) => ({ chain: '', writer: '', lines });

test('a line has the bytes of its event, whatever they are', async () => {
  const file = join(folder, 'out');
  const sink = new StdoutSink(openSync(file, 'w'));
  const lines = [Buffer.from('{"a":"\\u00e9 \\n"}'), Buffer.from([0x7b, 0xff, 0xc3, 0x7d])];
  await sink.write(batch(...lines));
  await sink.write(batch());
  await sink.write(batch(lines[0]!));
  const lineFeed = Buffer.from('\n');
  expect(readFileSync(file)).toEqual(
    Buffer.concat([lines[0]!, lineFeed, lines[1]!, lineFeed, lines[0]!, lineFeed]),
  );
});

test('a slow reader gets every line whole, when the process exits at once', async () => {
  const child = run(`
    for (let n = 0; n < 300; n++) await sink.write(batch(line(3 * n), line(3 * n + 1), line(3 * n + 2)));
    process.exit(0);`);
  const pieces: Buffer[] = [];
  child.stdout!.on('data', (piece: Buffer) => {
    pieces.push(piece);
    child.stdout!.pause();
    setTimeout(() => child.stdout!.resume(), 2);
  });
  await once(child, 'close');
  const lines = Buffer.concat(pieces).toString().split('\n').slice(0, -1);
  const numbers = lines.map((one) => (JSON.parse(one) as { n: number }).n);
  expect(numbers).toEqual(Array.from({ length: 900 }, (_, n) => n));
});

test('a pipe that nobody reads any more is an error, at once and for good', async () => {
  const child = run(`
    await sink.write(batch(line(0)));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (let n = 1; n < 4; n++)
      await sink.write(batch(line(n))).then(() => console.error('taken'), ({ code }) => console.error(code));`);
  let told = '';
  child.stderr!.on('data', (piece: Buffer) => (told += piece.toString()));
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  await once(child, 'close');
  expect(told).toBe('ERR_UNABLE_AUDIT\n'.repeat(3));
});

test('a disk that is full is told', async () => {
  const sink = new StdoutSink(openSync('/dev/full', 'w'));
  await expect(sink.write(batch(Buffer.from('{}')))).rejects.toMatchObject({
    code: 'ERR_UNABLE_AUDIT',
    message: expect.stringContaining('ENOSPC') as unknown,
  });
});
