// SPEC.md itself: every numbered MUST has a test, and no test names one that it does not have.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const packages = new URL('../../../', import.meta.url);
const folders = ['identity/test/directory/', 'sealwire/test/'];

const numbersOf = (text: string, pattern: RegExp): number[] =>
  [...new Set([...text.matchAll(pattern)].map(([, number]) => Number(number)))].sort((a, b) => a - b);

test('every numbered MUST of SPEC.md is in a test’s title, and no other', () => {
  const spec = readFileSync(new URL('identity/SPEC.md', packages), 'utf8');
  const titles = folders
    .flatMap((folder) =>
      readdirSync(new URL(folder, packages)).map((file) => new URL(folder + file, packages)),
    )
    .filter(({ pathname }) => pathname.endsWith('.test.ts') && !pathname.endsWith('spec.test.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const inSpec = numbersOf(spec, /\*\*D-(\d+)\*\*/g);
  expect(inSpec).toEqual(inSpec.map((_, i) => i + 1));
  expect(inSpec.length).toBeGreaterThan(30);
  expect(numbersOf(titles, /\[D-(\d+)\]/g)).toEqual(inSpec);
});
