// Whatever one thing is done to a trail of several chains, it is named, with its chain and sequence.
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MadeChain, madeAgent, trustIn } from './made-trail.ts';
import { verified } from './verified.ts';

const agents = ['alice', 'bob', 'carol'].map((name) => madeAgent(name));
const trust = trustIn(agents);

interface Standing {
  readonly bytes: Buffer;
  readonly chain: MadeChain;
  readonly sequence: number;
}

/** Three chains of several checkpoints each, one of which was written again in part, in one stream. */
let trail: Standing[] = [];
beforeAll(() => {
  const chains = agents.map((agent, at) => {
    const chain = new MadeChain(agent)
      .interval(4 + at)
      .interval(3)
      .interval(6);
    if (at > 0) chain.stop();
    return chain;
  });
  const waiting = chains.map((chain) => chain.events.map((bytes, sequence) => ({ bytes, chain, sequence })));
  waiting[1]!.splice(9, 0, ...waiting[1]!.slice(6, 9));
  for (let i = 0; waiting.some((each) => each.length > 0); i++)
    trail.push(...waiting[(i * 7) % 3]!.splice(0, 1 + (i % 4)));
  trail = trail.filter((each) => each !== undefined);
});

const check = (lines: readonly Buffer[]) => verified(lines, trust);
const names = (lines: readonly Buffer[], { chain, sequence }: Standing) => {
  const { findings, summary } = check(lines);
  const named = findings.some(
    (each) => each.chain === chain.chain && each.first! <= sequence && each.last! >= sequence,
  );
  return { named, ok: summary.ok, findings };
};
const place = () => fc.nat(trail.length - 1);
/** Nothing comes after it that vouches for it: the last event of its chain, and it is a checkpoint of its own. */
const isEnd = ({ chain, sequence }: Standing) => sequence === chain.events.length - 1;
const bytes = () => trail.map((each) => each.bytes);
/** An event that was written again stands there once more. */
const isTwice = ({ bytes: one }: Standing) => trail.filter((each) => each.bytes.equals(one)).length > 1;

describe('of a trail in which one thing was done', () => {
  it('nothing is said where nothing was done', () => {
    const { wrong, summary } = check(bytes());
    expect(wrong).toEqual([]);
    expect(summary).toMatchObject({ ok: true, repeated: 3, unfinished: 0, chains: 3 });
  });

  it('A-7: a byte that was changed is named', () => {
    fc.assert(
      fc.property(place(), fc.nat(), fc.integer({ min: 1, max: 255 }), (at, where, change) => {
        const one = trail[at]!;
        const changed = Buffer.from(one.bytes);
        changed[where % changed.length]! ^= change;
        const { named, ok, findings } = names(bytes().with(at, changed), one);
        // The bytes of the last checkpoint beside its note are vouched for by the next one only.
        if (isEnd(one) && ok) return;
        expect(ok).toBe(false);
        // What is no event any more names nothing: where a copy of it stands too, only its place is told.
        if (isTwice(one)) expect(named || findings.some(({ place: p }) => p?.line === at + 1)).toBe(true);
        else if (!isEnd(one)) expect(named).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('an event that was removed is named', () => {
    for (const [at, one] of trail.entries()) {
      const { named, ok } = names(bytes().toSpliced(at, 1), one);
      if (isTwice(one)) continue;
      if (isEnd(one)) expect(ok).toBe(true);
      else expect(named).toBe(true);
      // The head of a chain may have gone by retention.
      if (!isEnd(one) && one.sequence > 0) expect(ok).toBe(false);
    }
  });

  it('two events of one chain that changed places are named', () => {
    fc.assert(
      fc.property(place(), place(), (a, b) => {
        const [one, other] = [trail[Math.min(a, b)]!, trail[Math.max(a, b)]!];
        fc.pre(
          one.chain === other.chain && one.sequence < other.sequence && !isTwice(one) && !isTwice(other),
        );
        const lines = bytes();
        [lines[a], lines[b]] = [lines[b]!, lines[a]!];
        const { findings, summary } = check(lines);
        expect(summary.ok).toBe(false);
        const moved = findings.filter(
          ({ chain, first, last }) =>
            chain === one.chain.chain && first! <= other.sequence && last! >= one.sequence,
        );
        expect(moved.map(({ kind }) => kind)).toContain('reordered');
      }),
      { numRuns: 200 },
    );
  });

  it('A-8: a copy of an event is named, unless it stands where its writer could have written it again', () => {
    fc.assert(
      fc.property(place(), place(), (from, to) => {
        const one = trail[from]!;
        const before = trail.slice(0, to).filter((each) => each.chain === one.chain);
        // Otherwise the copy is the original, and the original the copy.
        fc.pre(before.some((each) => each.sequence === one.sequence) && !isTwice(one));
        const newest = Math.max(...before.map(({ sequence }) => sequence));
        // Amid what its writer repeats, or just before that, a copy may be the writer's as well.
        fc.pre(!(one.chain.agent.name === 'bob' && newest === 8));
        const { named, ok } = names(bytes().toSpliced(to, 0, one.bytes), one);
        if (newest === one.sequence) expect(ok).toBe(true);
        else expect([named, ok]).toEqual([true, false]);
      }),
      { numRuns: 200 },
    );
  });

  it('an event that was put in is named, however well it fits', () => {
    fc.assert(
      fc.property(place(), place(), fc.boolean(), (at, to, linked) => {
        const { chain, sequence } = trail[at]!;
        fc.pre(sequence > 0 && sequence < chain.checkpoints.at(-1)!);
        const fits = chain
          .forkedAt(sequence)
          .made('message.sent', linked ? {} : { previous: 'a'.repeat(64) });
        const { named, ok } = names(bytes().toSpliced(to, 0, fits), { bytes: fits, chain, sequence });
        expect([named, ok]).toEqual([true, false]);
      }),
      { numRuns: 200 },
    );
  });

  it('an end that was cut off a chain shows as an unfinished tail, and to others that have seen it', () => {
    for (const [at, chain] of agents
      .map((_, index) => trail.find((each) => each.chain.agent === agents[index])!.chain)
      .entries()) {
      for (let keep = 1; keep < chain.events.length; keep++) {
        const { findings } = check(
          trail.filter((each) => each.chain !== chain || each.sequence < keep).map((each) => each.bytes),
        );
        const last = chain.checkpoints.filter((each) => each < keep).at(-1);
        const tail = findings.find((each) => each.kind === 'unfinished' || each.kind === 'inserted');
        if (last === keep - 1) expect(tail).toBeUndefined();
        else
          expect(tail).toMatchObject({
            chain: chain.chain,
            first: last === undefined ? 0 : last + 1,
            last: keep - 1,
          });
        expect(at).toBeLessThan(3);
      }
    }
  });
});
