// A folder belongs to one process at a time, and to nobody when that is gone.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimFolder } from '../../src/spool/claim-folder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealwire-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a folder that is claimed cannot be claimed again until it is released', () => {
  const claimed = claimFolder(folder)!;
  expect(claimFolder(folder)).toBeNull();
  claimed.release();
  claimFolder(folder)!.release();
});

test('a process that is killed holds nothing', async () => {
  const program = `
    import { DatabaseSync } from 'node:sqlite';
    const database = new DatabaseSync(${JSON.stringify(join(folder, 'lock'))});
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    program,
  ]);
  await once(child.stdout, 'data');
  expect(claimFolder(folder)).toBeNull();
  child.kill('SIGKILL');
  await once(child, 'close');
  claimFolder(folder)!.release();
});
