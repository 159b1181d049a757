// Nothing that is started under guard outlives its parent.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGuarded } from '../src/guarded-process.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealwire-guard-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('output and exit code of a guarded command are kept', async () => {
  const logFile = join(folder, 'code.log');
  const running = startGuarded(['sh', '-c', 'echo out; echo err >&2; exit 7'], { logFile });
  expect(await running.awaitEnd()).toBe(7);
  expect((await readFile(logFile, 'utf8')).split('\n').sort()).toEqual(['', 'err', 'out']);
});

test('a clean stop lets the command finish what it must', async () => {
  const logFile = join(folder, 'term.log');
  const script =
    'process.on("SIGTERM", () => { console.log("finished"); process.exit(0); }); console.log("ready"); setInterval(() => {}, 1000);';
  const running = startGuarded([process.execPath, '-e', script], { logFile });
  await until(async () => (await readFile(logFile, 'utf8')).includes('ready'));
  await running.end(false);
  expect(await readFile(logFile, 'utf8')).toContain('finished');
});

test('when the parent is killed, the command and what it started are killed too, and the last command is run', async () => {
  const module = fileURLToPath(new URL('../dist/guarded-process.js', import.meta.url));
  const last = join(folder, 'last');
  const parent = `
    import { startGuarded } from ${JSON.stringify(module)};
    const command = ['sh', '-c', 'sleep 1000 & echo $! $$ ; wait'];
    startGuarded(command, { logFile: ${JSON.stringify(join(folder, 'pids'))}, last: ['touch', ${JSON.stringify(last)}] });
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', parent], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const pids = async (): Promise<number[]> => {
    const text = await readFile(join(folder, 'pids'), 'utf8').catch(() => '');
    return text.trim() === '' ? [] : text.trim().split(' ').map(Number);
  };
  await until(async () => (await pids()).length === 2);
  const started = await pids();
  expect(await Promise.all(started.map(runs))).toEqual([true, true]);
  child.kill('SIGKILL');
  await ended;
  await until(() => existsSync(last));
  expect(await Promise.all(started.map(runs))).toEqual([false, false]);
});

async function runs(pid: number): Promise<boolean> {
  // A killed process may wait as a zombie for whoever adopts it.
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) [ZX]/.test(state);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
