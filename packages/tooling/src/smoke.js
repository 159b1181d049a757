// Loads every built package in plain Node: a test runner shows named exports of CommonJS modules that Node does not.
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const root = new URL('../../..', import.meta.url).pathname;
const require = createRequire(import.meta.url);
let loaded = 0;
for (const file of globSync(`${root}packages/*/package.json`).sort()) {
  const { name, exports } = JSON.parse(readFileSync(file, 'utf8'));
  if (exports === undefined) continue;
  const asModule = await import(name);
  const asRequired = require(name);
  if (Object.keys(asModule).length === 0 || Object.keys(asRequired).length === 0)
    throw new Error(`${name} exports nothing`);
  loaded++;
}
console.error(`loaded ${loaded} packages by import and by require`);
process.exit(0);
