// Where passphrases come from.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readPassphrase } from '../src/index.js';
import { newFolder, refusal } from './key-world.js';

function holding(text: string): string {
  const file = join(newFolder(), 'passphrase');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

test.each([
  ['secret\n', 'secret'],
  ['secret\r\n', 'secret'],
  ['secret', 'secret'],
  [' two words \n', ' two words '],
  ['ends in a line\n\n', 'ends in a line\n'],
])('one line end is no part of %j', (text, passphrase) => {
  expect(readPassphrase({ file: holding(text) })).toBe(passphrase);
});

test('the environment gives one too', () => {
  expect(readPassphrase({ env: 'PASS' }, { PASS: 'secret' })).toBe('secret');
});

test('nothing is no passphrase', async () => {
  expect((await refusal(() => readPassphrase({ env: 'PASS' }, {}))).message).toContain('variable PASS');
  expect((await refusal(() => readPassphrase({ env: 'PASS' }, { PASS: '' }))).code).toBe('ERR_KEY_FILE');
  expect((await refusal(() => readPassphrase({ file: holding('\n') }))).message).toContain('no passphrase');
});

test('a file that others may read is refused, and its content not told', async () => {
  const file = holding('secret');
  chmodSync(file, 0o640);
  const { message } = await refusal(() => readPassphrase({ file }));
  expect(message).toContain('chmod 600');
  expect(message).not.toContain('secret');
});

test('more than OpenSSL takes is refused', async () => {
  expect((await refusal(() => readPassphrase({ file: holding('x'.repeat(1025)) }))).message).toContain(
    'longer than 1024',
  );
});
