// What is refused as YAML, with its place and without quoting the file.
import { expect, test } from '@jest/globals';
import { readPolicy } from '../src/index.js';
import { least, problems } from './made.js';

const found = (text: string | Buffer): string[] => problems(readPolicy, text);

test.each<[string, string, string]>([
  ['a double key', least.replace('keys:', "realm: ''\nkeys:"), '4:1: is a key that the same map already has'],
  [
    'a double key deep inside',
    least.replace('type: item', 'type: item, type: other'),
    '9:23: is a key that the same map already has',
  ],
  ['a tag', least.replace('version: 1', 'version: !!int 1'), '1:10: has a tag'],
  ['an unknown alias', least.replace('folder: keys', 'folder: *keys'), 'is an alias that means nothing'],
  ['two documents', `${least}---\n${least}`, 'begins a second document'],
  ['an open bracket', least.replace('[alice]', '[alice'), ': '],
  ['a tab', least.replace('  news:', '\tnews:'), ': '],
  ['a list', '[1]', '1:1: must be a map of settings'],
  ['nothing', '', '1:1: must be a map of settings'],
  ['a key that is a list', `? [a]\n: b\n${least}`, 'has a key that is no plain text'],
  ['__proto__', `${least}__proto__: { session: {} }\n`, 'has a key that is not allowed'],
  ['__proto__ as a channel', least.replace('  news:', '  __proto__:'), 'has a key that is not allowed'],
])('%s is refused', (_, text, problem) => {
  expect(found(text).join('\n')).toContain(problem);
});

test('anchors may be used with measure', () => {
  const text = least.replace('from: [alice]', 'from: &who [alice]').replace('to: [team]', 'to: *who');
  expect(() => found(text)).toThrow('nothing was thrown');
});

test('a fault behind an alias has the alias’ place', () => {
  const text = `x: &x { type: m }\n${least.replace(/- \{.*\}/, '- *x')}`;
  expect(found(text)).toContainEqual(
    expect.stringMatching(/^10:9: channels\.news\.messages\[0\]\.to is missing/),
  );
});

test('aliases that multiply are refused before they do', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 10; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  expect(found(`${lines.join('\n')}\n${least}`).join()).toContain('uses too many aliases');
});

test('nesting that exhausts the stack is refused', () => {
  expect(found(`a: ${'['.repeat(200_000)}`).join()).toContain('nested too deeply');
});

test('of very many problems a hundred are shown', () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `unknown${i}: x`);
  const lines = found(`${least}${keys.join('\n')}\n`);
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toBe('… and 900 more.');
});

test('bytes that are not UTF-8, and more than 8 MiB, are refused', () => {
  expect(found(Buffer.from(least.replace('news', 'n\u00ffws'), 'latin1')).join()).toContain('is not UTF-8');
  expect(found(`${least}#${' '.repeat(8 * 1024 * 1024)}`).join()).toContain('larger than 8 MiB');
});
