// A policy of 10,000 routes and 1,000 agents: what a decision costs, and how long a reload holds anything up.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileText } from '@sealwire/identity';
import { makeManyAgents } from '../directory/many-agents.ts';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { spreadOf } from '../rounds.ts';
import { agents, channels, groups, typesOfChannel } from './many-routes.ts';

interface Measured {
  readonly kafkaOutboundNs: number;
  readonly rabbitmqOutboundNs: number;
  readonly inboundNs: number;
  readonly firstAskedNs: number;
  readonly pauses: readonly number[];
  readonly turns: readonly number[];
  readonly idle: readonly number[];
  readonly took: readonly number[];
}

export async function measurePolicy(figures: Figures, { quick }: Options): Promise<void> {
  const say = saying('policy');
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-bench-policy-'));
  const [rounds, reloads] = quick ? [2, 2] : [5, 5];
  try {
    say(0, rounds);
    const made = await makeManyAgents(agents, groups);
    writeFileSync(join(folder, 'directory.jsonl'), fileText([made.rootLine, made.firstLine]));
    const all: Measured[] = [];
    for (let round = 0; round < rounds; round++) {
      const script = new URL('decide-and-reload.ts', import.meta.url).pathname;
      const words = [folder, made.rootKey.toString('hex'), made.realm.toString('hex'), `${reloads}`];
      const { stdout } = await promisify(execFile)(process.execPath, [script, ...words]);
      all.push(JSON.parse(stdout) as Measured);
      say(round + 1, rounds);
    }
    const routes = channels * typesOfChannel;
    figures.section('The policy', [
      `${routes} routes on ${channels} channels, ${agents} agents, ${groups} groups of 20; every from has a name, a group and a pattern.`,
      `Each round in a process of its own, with ${2 * reloads} reloads; ${rounds} rounds, median and quartiles. Decisions are in the thread’s own time.`,
    ]);
    const add = (key: string, of: (one: Measured) => readonly number[], note: string): void =>
      figures.add(`policy.${routes}.${key}`, spreadOf(all.flatMap(of)), note);
    add('outbound.kafka.ns', (one) => [one.kafkaOutboundNs], 'topic and type to route, sender allowed');
    add('outbound.rabbitmq.ns', (one) => [one.rabbitmqOutboundNs], 'the same, of 50,000 routing keys');
    add('inbound.ns', (one) => [one.inboundNs], 'topic to channel, type to route, sender allowed');
    add('inbound.firstAsked.ns', (one) => [one.firstAskedNs], 'of a sender that was not asked for yet');
    add('reloadMs', (one) => one.took, 'read, checked, compared, in force');
    add('reloadLongestTurnMs', (one) => one.turns, 'the longest work in one turn, in the thread’s own time');
    add('reloadLongestPauseMs', (one) => one.pauses, 'the longest in which nothing else ran');
    add('idleLongestPauseMs', (one) => one.idle, 'the same, for as long, without a reload');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
