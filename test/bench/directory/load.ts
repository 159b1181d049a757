// Loads a directory in a process of its own, so that memory and pauses are its alone; answers one JSON line.
// node --expose-gc load.ts <directory file> <next file> <state folder> <root key, hex> <realm, hex>
import { copyFileSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { fileSource, openDirectory, type FollowedDirectory } from '@sealwire/identity';

const [file, next, stateFolder, rootKey, realm] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];

const memoryMiB = (): number => {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
};

/** The longest time in which nothing else could run. */
async function longestPauseMs(work: () => Promise<void>): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  await setTimeout(20);
  delays.enable();
  await work();
  await setTimeout(20);
  delays.disable();
  // The timer itself fires every millisecond.
  return Math.max(0, delays.max / 1e6 - 1);
}

function nsEach(times: number, call: (i: number) => unknown): number {
  for (let i = 0; i < times / 10; i++) call(i);
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) call(i);
  return Number(process.hrtime.bigint() - start) / times;
}

const before = memoryMiB();
const rssBefore = process.memoryUsage().rss;
const start = performance.now();
const directory: FollowedDirectory = await openDirectory({
  source: fileSource({ file }),
  rootKeys: [Buffer.from(rootKey, 'hex')],
  threshold: 1,
  realm: Buffer.from(realm, 'hex'),
  stateFolder,
  primitives,
});
const loadMs = performance.now() - start;
const peakMiB = (process.resourceUsage().maxRSS * 1024 - rssBefore) / 1024 / 1024;
const memory = memoryMiB() - before;
if (directory.problem !== null) throw directory.problem;

const names = directory.agents;
const ids = names.slice(0, 1000).map((name) => directory.signingKeys(name)[0]!.keyId.toString('latin1'));
// The first use of a key checks its possession; it is told apart from the look-ups after it.
const firstUseUs = nsEach(1000, (i) => directory.signingKey(ids[i % ids.length]!)) / 1000;
const lookUpNs = nsEach(1_000_000, (i) => directory.signingKey(ids[i % ids.length]!));
const sealingLookUpNs = nsEach(1_000_000, (i) => directory.sealingKey(names[i % 1000]!, Date.now()));

let applyMs = 0;
const applyLongestPauseMs = await longestPauseMs(async () => {
  copyFileSync(next, file);
  const began = performance.now();
  await directory.refresh();
  applyMs = performance.now() - began;
});
if (directory.problem !== null || directory.version < 2) throw new Error('the update was not taken up');
const memoryAfterUpdate = memoryMiB() - before;
await directory.close();
const result = {
  loadMs,
  memoryMiB: memory,
  peakMiB,
  firstUseUs,
  lookUpNs,
  sealingLookUpNs,
  applyMs,
  applyLongestPauseMs,
  memoryAfterUpdateMiB: memoryAfterUpdate,
  fileMiB: readFileSync(file).length / 1024 / 1024,
};
process.stdout.write(JSON.stringify(result));
