// Fuzzes in a thread with little memory, so that what kills it or never ends is a finding and not the end.
import { parentPort, workerData } from 'node:worker_threads';
import { allParsers } from './all-parsers.ts';
import { Exploration } from './explore.ts';
import { NewSchemas } from './new-schemas.ts';

export interface Task {
  readonly seed: number;
  readonly seconds: number;
  readonly cases: number;
  /** A counter, the parser's number, the length of the input, then the input. */
  readonly current: SharedArrayBuffer;
}

const { seed, seconds, cases, current } = workerData as Task;
const numbers = new Int32Array(current, 0, 3);
const input = Buffer.from(current, 12);
const parsers = allParsers(seed);
parentPort!.postMessage({ parsers: parsers.map(({ target, name }) => `${target} ${name}`) });

const noted = (i: number) => (bytes: Buffer) => {
  numbers[1] = i;
  numbers[2] = bytes.length;
  bytes.copy(input);
  Atomics.add(numbers, 0, 1);
};
const explorations = parsers.map((parser, i) => new Exploration(parser, seed + i, noted(i)));
const fresh = new NewSchemas(seed);
const all = [...explorations, fresh];
const endsAt = performance.now() + seconds * 1000;
const done = (): boolean =>
  performance.now() >= endsAt || all.reduce((sum, { counts }) => sum + counts.cases, 0) >= cases;
// Few schemas are worth as much as the envelope's six parsers: each of those gets five turns.
while (!done()) {
  for (const exploration of explorations) {
    exploration.run(exploration.parser.target === 'scanner' ? 400 : 2_000);
    if (done()) break;
  }
  const about = (newSchema: string): void => parentPort!.postMessage({ newSchema });
  if (!done()) fresh.run(20, about, noted(parsers.length));
}

parentPort!.postMessage({
  results: [
    ...explorations.map(({ parser: { target, name, seeds }, counts, findings, kept }) => ({
      target,
      name,
      parsers: 1,
      counts,
      findings,
      found: kept.slice(seeds.length).map((bytes) => bytes.toString('hex')),
    })),
    {
      target: 'new schemas',
      name: 'new schemas',
      parsers: fresh.schemas,
      counts: fresh.counts,
      findings: fresh.findings,
      found: [],
    },
  ],
});
