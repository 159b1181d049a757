import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { codes } from '../src/index.js';

const root = new URL('../../../', import.meta.url).pathname;
const readme = readFileSync(`${root}packages/core/README.md`, 'utf8');

describe('the error codes', () => {
  it('stand in the README, each with the meaning that the code gives it, and no others', () => {
    const rows = [...readme.matchAll(/^\| `(ERR_[A-Z_]+)` +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [
      code,
      meaning,
    ]);
    expect(Object.fromEntries(rows)).toEqual(codes);
  });

  it('are all used, and nothing throws a code that is not listed', () => {
    const sources = globSync(`${root}packages/*/src/**/*.ts`)
      .filter((file) => !file.endsWith('core/src/codes.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const used = new Set(
      sources.match(/ERR_(?:USAGE|FORMAT|KEY|INTEGRITY|POLICY|VALIDATION|UNABLE)_[A-Z_]*[A-Z]/g),
    );
    expect([...used].filter((code) => !(code in codes))).toEqual([]);
    expect(Object.keys(codes).filter((code) => !used.has(code))).toEqual([]);
  });
});
