// What the command's process prints of Node.js's warnings.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { newFolder } from './made.js';

const main = new URL('../dist/main.js', import.meta.url).pathname;

/** As kafkajs does when it has an answer. */
const kafkajsTimer = `
  const { createRequire } = await import('node:module');
  const RequestQueue = createRequire(${JSON.stringify(import.meta.url)})('kafkajs/src/network/requestQueue');
  const queue = new RequestQueue({ logger: {} });
  queue.scheduleCheckPendingRequests();
  queue.destroy();`;

/** Standard error of `sealwire --version`, in whose process something else is done as soon as it prints. */
async function saidMeanwhile(work: string, words: readonly string[] = [main, '--version']): Promise<string> {
  const file = join(newFolder(), 'meanwhile.mjs');
  writeFileSync(
    file,
    `const write = process.stdout.write;
process.stdout.write = (text) => {
  process.stdout.write = write;
  void (async () => {${work}})();
  return process.stdout.write(text);
};`,
  );
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', file, ...words]);
  expect(stdout).not.toBe('');
  return stderr;
}

describe('the command', () => {
  test('does not print the warning of Node.js about kafkajs’ timers, which other programs do', async () => {
    const other = join(newFolder(), 'other.mjs');
    writeFileSync(other, 'console.log("other");');
    expect(await saidMeanwhile(kafkajsTimer, [other])).toContain('TimeoutNegativeWarning');
    expect(await saidMeanwhile(kafkajsTimer)).toBe('');
  });

  test.each([
    ['setTimeout(() => undefined, -5);', 'TimeoutNegativeWarning'],
    ['process.emitWarning("look", "SealwireWarning");', 'SealwireWarning: look'],
    ['process.emitWarning("old", "DeprecationWarning", "DEP1");', '[DEP1] DeprecationWarning: old'],
  ])('prints every other warning: %s', async (work, expected) => {
    expect(await saidMeanwhile(work)).toContain(expected);
  });
});
