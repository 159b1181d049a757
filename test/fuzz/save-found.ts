// Keeps small inputs that did something new, so that the next run begins with them.
import { readFileSync, writeFileSync } from 'node:fs';
import type { ParserResult } from './run-worker.ts';
import type { SeededSchema } from './scanner-parsers.ts';

const place = new URL('corpus/avro.json', import.meta.url);
const mostSchemas = 60;
const mostSeeds = 24;
const mostDigits = 160;

export function saveFound(results: readonly ParserResult[]): void {
  const old = JSON.parse(readFileSync(place, 'utf8')) as SeededSchema[];
  const seeds = new Map(old.map((one) => [JSON.stringify(one.schema), [...one.seeds]]));
  for (const { target, name, found } of results) {
    if (target !== 'scanner' || name.length > 600 || found.length === 0) continue;
    if (!seeds.has(name) && seeds.size >= mostSchemas) continue;
    const small = found.filter((hex) => hex.length <= mostDigits);
    seeds.set(name, [...new Set([...(seeds.get(name) ?? []), ...small])].slice(0, mostSeeds));
  }
  const all = Array.from(seeds, ([schema, hex]) => `{"schema":${schema},"seeds":${JSON.stringify(hex)}}`);
  writeFileSync(place, `[\n${all.join(',\n')}\n]\n`);
}
