// What is remembered of others’ chains, and in which order they are named.
import { describe, expect, test } from '@jest/globals';
import { HeardChains } from '../../src/witness/heard-chains.js';

const nowMs = Date.UTC(2026, 0, 1);
const chainOf = (number: number): string => number.toString(16).padStart(32, '0');
const heard = (agent: string, chain: number, sequence = 1, timeMs = nowMs) => ({
  agent,
  chain: chainOf(chain),
  sequence,
  leafHash: sequence.toString(16).padStart(64, '0'),
  timeMs,
});
const none = new Set<string>();
const chains = (known: HeardChains, max = 16, except: ReadonlySet<string> = none, atMs = nowMs): number[] =>
  known.choose(max, except, atMs).map(({ chain }) => parseInt(chain, 16));

describe('A-20: of each agent and chain', () => {
  test('the newest counts, the first of two of one sequence, and it never goes back', () => {
    const known = new HeardChains();
    known.add(heard('bob', 1, 5), nowMs);
    known.add(heard('bob', 1, 4), nowMs);
    known.add({ ...heard('bob', 1, 5), leafHash: 'ff'.repeat(32) }, nowMs);
    expect(known.choose(16, none, nowMs)).toEqual([
      { chain: chainOf(1), sequence: 5, leafHash: heard('bob', 1, 5).leafHash },
    ]);
    known.add(heard('bob', 1, 9), nowMs);
    expect(known.choose(16, none, nowMs)).toMatchObject([{ sequence: 9 }]);
    expect(known.size).toBe(1);
  });

  test('none counts that is too old or of a clock that is wrong', () => {
    const known = new HeardChains();
    for (const byMs of [-91 * 60_000, 31 * 60_000]) known.add(heard('bob', 1, 5, nowMs + byMs), nowMs);
    expect(known.size).toBe(0);
  });

  test('two agents that speak of one chain have each a place, and one checkpoint names it once', () => {
    const known = new HeardChains();
    known.add(heard('eve', 1, 999), nowMs);
    known.add(heard('bob', 1, 5), nowMs);
    const named = [1, 2, 3, 4].map(() => known.choose(16, none, nowMs).map(({ sequence }) => sequence));
    expect(named.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(new Set(named.flat())).toEqual(new Set([999, 5]));
  });

  test('as many are remembered as there is room for, and who has the most loses its own', () => {
    const known = new HeardChains(10);
    for (const [i, agent] of ['ann', 'bob', 'cyd'].entries()) known.add(heard(agent, i), nowMs);
    for (let i = 0; i < 500; i++) known.add(heard('eve', 100 + i), nowMs);
    expect(known.size).toBe(10);
    const named = chains(known);
    expect(named).toEqual(expect.arrayContaining([0, 1, 2, 599]));
    expect(named).not.toContain(100);
  });

  test('what is too old to be named makes room first', () => {
    const known = new HeardChains(3);
    const laterMs = nowMs + 91 * 60_000;
    known.add(heard('bob', 1), nowMs);
    known.add(heard('eve', 2, 1, laterMs), laterMs);
    known.add(heard('eve', 3, 1, laterMs), laterMs);
    known.add(heard('eve', 4, 1, laterMs), laterMs);
    expect(chains(known, 16, none, laterMs).toSorted()).toEqual([2, 3, 4]);
  });
});

describe('A-21: a checkpoint names', () => {
  test('at most as many as there is room for, none that is excepted, none that is older than 90 minutes (A-15)', () => {
    const known = new HeardChains();
    for (let i = 0; i < 40; i++) known.add(heard(`agent-${i}`, i), nowMs);
    const named = chains(known, 16, new Set([chainOf(3)]));
    expect(new Set(named).size).toBe(16);
    expect(named).not.toContain(3);
    expect(chains(known, 16, none, nowMs + 89 * 60_000)).toHaveLength(16);
    expect(chains(known, 16, none, nowMs + 91 * 60_000)).toEqual([]);
  });

  test('every chain in its turn, though all of them go on', () => {
    const known = new HeardChains();
    const named = new Set<number>();
    for (let round = 1; round <= 7; round++) {
      for (let i = 0; i < 100; i++) known.add(heard(`agent-${i}`, i, round), nowMs);
      for (const chain of chains(known)) named.add(chain);
    }
    expect(named.size).toBe(100);
  });

  test('what has changed before what was named already, and that again where there is room', () => {
    const known = new HeardChains();
    for (let i = 0; i < 20; i++) known.add(heard('bob', i), nowMs);
    const first = chains(known);
    const second = chains(known, 4);
    expect(second.filter((chain) => first.includes(chain))).toEqual([]);
    known.add(heard('bob', first[3]!, 2), nowMs);
    expect(chains(known, 3)[0]).toBe(first[3]);
  });

  test('each agent’s, whatever one of them writes', () => {
    const known = new HeardChains();
    for (let i = 0; i < 20; i++) known.add(heard(`agent-${i}`, i), nowMs);
    const named = new Set<number>();
    let fresh = 1_000;
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 200; i++) known.add(heard('eve', fresh++), nowMs);
      const now = chains(known);
      expect(now.filter((chain) => chain >= 1_000)).toHaveLength(1);
      for (const chain of now) named.add(chain);
      for (let i = 0; i < 20; i++) known.add(heard(`agent-${i}`, i, round + 1), nowMs);
    }
    for (let i = 0; i < 20; i++) expect(named).toContain(i);
  });
});
