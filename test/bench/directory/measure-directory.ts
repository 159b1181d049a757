// A directory of 10,000 agents: how long it takes to load and to take up a change, and what a look-up costs.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileText } from '@sealwire/identity';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { spreadOf } from '../rounds.ts';
import { makeManyAgents } from './many-agents.ts';

const agents = 10_000;

const keys = [
  ['loadMs', `directory.${agents}.loadMs`, 'read, verified, indexed, remembered'],
  ['memoryMiB', `directory.${agents}.memoryMB`, 'kept, after a collection'],
  ['peakMiB', `directory.${agents}.peakMB`, 'resident, at the highest'],
  ['fileMiB', `directory.${agents}.fileMB`, ''],
  ['lookUpNs', 'directory.lookUp.ns', 'signing key by id, used before'],
  ['sealingLookUpNs', 'directory.sealingLookUp.ns', 'sealing key by name'],
  ['firstUseUs', 'directory.firstUse.us', 'a signing key’s possession is checked'],
  ['applyMs', `directory.${agents}.applyMs`, 'an update that changes 100 agents'],
  ['applyLongestPauseMs', `directory.${agents}.applyLongestPauseMs`, 'the longest in which nothing else ran'],
] as const;

export async function measureDirectory(figures: Figures, { quick }: Options): Promise<void> {
  const say = saying('directory');
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-bench-directory-'));
  try {
    say(0, 1);
    const made = await makeManyAgents(agents);
    const file = join(folder, 'directory.jsonl');
    const next = join(folder, 'next.jsonl');
    writeFileSync(next, fileText([made.rootLine, made.firstLine, made.nextLine]));
    const rounds = quick ? 2 : 7;
    const all: Record<string, number>[] = [];
    for (let round = 0; round < rounds; round++) {
      writeFileSync(file, fileText([made.rootLine, made.firstLine]));
      const state = mkdtempSync(join(folder, 'state-'));
      const load = new URL('load.ts', import.meta.url).pathname;
      const { stdout } = await promisify(execFile)(process.execPath, [
        '--disable-warning=TimeoutNegativeWarning',
        '--expose-gc',
        load,
        ...[file, next, state, made.rootKey.toString('hex'), made.realm.toString('hex')],
      ]);
      all.push(JSON.parse(stdout) as Record<string, number>);
      say(round + 1, rounds);
    }
    figures.section('The directory', [
      `${agents} agents with a signing and a sealing key each, one issuer; each round in a process of its own; ${rounds} rounds, median and quartiles.`,
    ]);
    for (const [of, key, note] of keys) figures.add(key, spreadOf(all.map((round) => round[of]!)), note);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
