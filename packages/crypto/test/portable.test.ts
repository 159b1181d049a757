// The noble provider needs nothing of Node but Buffer.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

function imports(file: URL, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(file.href)) return seen;
  const from = [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)].map(
    ([, name]) => name!,
  );
  seen.set(file.href, from);
  for (const name of from)
    if (name.startsWith('.')) imports(new URL(name.replace(/\.js$/, '.ts'), file), seen);
  return seen;
}

test('no file that the noble provider reaches imports a module of Node', () => {
  const reached = imports(new URL('../src/noble-primitives.ts', import.meta.url));
  const foreign = new Set([...reached.values()].flat().filter((name) => !name.startsWith('.')));
  expect(reached.size).toBeGreaterThan(8);
  expect([...foreign].filter((name) => !name.startsWith('@noble/')).sort()).toEqual(['@sealwire/core']);
});
