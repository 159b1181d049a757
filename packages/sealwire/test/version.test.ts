import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { version } from '../src/version.js';

test('the version in audit events is the package’s', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  expect(version).toBe((JSON.parse(text) as { version: string }).version);
});
