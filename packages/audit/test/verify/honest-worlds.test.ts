// Whatever honest writers, brokers and operators do to a trail: nothing is found.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AuditVerifier, type Finding } from '../../src/index.js';
import { madeWorld, numbersOf, type Written } from './made-world.ts';
import { MadeChain, madeAgent, trustIn } from './made-trail.ts';
import { verified } from './verified.ts';

const agents = ['alice', 'bob', 'carol'].map((name) => madeAgent(name));
const trust = trustIn(agents);

type Options = Partial<ConstructorParameters<typeof AuditVerifier>[0]>;

/** @returns what was found, in words */
function found(written: readonly Written[], stamped: boolean, options: Options = {}): string[] {
  const wrong: string[] = [];
  const onFinding = ({ kind, severity, chain, first, last, why }: Finding): void => {
    if (severity === 'finding') wrong.push(`${kind} ${chain?.slice(0, 4)} ${first}-${last}: ${why}`);
  };
  const nowMs = Math.max(0, ...written.map(({ atMs }) => atMs));
  const verifier = new AuditVerifier({ trust, onFinding, nowMs, ...options });
  written.forEach(({ bytes, partition, atMs }, at) =>
    verifier.take(bytes, { partition, offset: `${at}` }, stamped ? atMs : null),
  );
  verifier.end();
  return wrong;
}

/** Records of several partitions come in any order, those of one in theirs. */
function interleaved(written: readonly Written[], seed: number): Written[] {
  const pick = numbersOf(seed);
  const waiting = [0, 1, 2].map((partition) => inPartition(written, partition));
  const all: Written[] = [];
  while (waiting.some((each) => each.length > 0))
    all.push(...waiting[pick(3)]!.splice(0, 1 + pick(seed % 2 === 0 ? 5 : 1_000)));
  return all;
}

const inPartition = (written: readonly Written[], partition: number): Written[] =>
  written.filter((each) => each.partition === partition);

const seeds = () => fc.nat(2 ** 31 - 1);

describe('in a trail that is as it was written', () => {
  it('nothing is found, whether it is read by time or partition, and whoever stamps it', () => {
    fc.assert(
      fc.property(seeds(), seeds(), fc.boolean(), (seed, order, stamped) => {
        const { written } = madeWorld(agents, seed);
        expect(found(written, stamped, { mayBeginLate: () => false })).toEqual([]);
        expect(found(interleaved(written, order), stamped, { mayBeginLate: () => false })).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('nothing is found where its end is not there yet', () => {
    fc.assert(
      fc.property(seeds(), fc.nat(), fc.boolean(), (seed, at, stamped) => {
        const { written } = madeWorld(agents, seed);
        let end = at % written.length;
        // What is repeated goes on to the newest event: amid that nobody can tell yet.
        while (written[end]?.copy === 'repeat') end++;
        expect(found(written.slice(0, end), stamped)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('nothing is found where retention took its beginning, of each partition another', () => {
    fc.assert(
      fc.property(seeds(), fc.tuple(fc.nat(), fc.nat(), fc.nat()), fc.boolean(), (seed, cuts, stamped) => {
        const { written } = madeWorld(agents, seed);
        const kept = [0, 1, 2].flatMap((partition) => {
          const records = inPartition(written, partition);
          return records.slice(cuts[partition]! % (records.length + 1));
        });
        fc.pre(!hasLateCopies(kept, () => true));
        const left = (all: readonly Written[]) =>
          [0, 1, 2].filter((each) => inPartition(all, each).length > 0);
        const cut = (partition: number) =>
          inPartition(kept, partition).length < inPartition(written, partition).length;
        const shortened = [0, 1, 2].some(cut) ? 'shortened' : 'unknown';
        // Retention of some hours, of all that a partition has, is none.
        fc.pre(left(kept).length === left(written).length);
        const retention = () => shortened;
        expect(found(kept, stamped, { retention, mayBeginLate: ({ partition }) => cut(partition!) })).toEqual(
          [],
        );
      }),
      { numRuns: 60 },
    );
  });

  it('nothing is found where a time is asked for', () => {
    fc.assert(
      fc.property(seeds(), fc.nat(), fc.nat(), fc.boolean(), (seed, from, to, stamped) => {
        const { written } = madeWorld(agents, seed);
        const sinceMs = written[from % written.length]!.atMs;
        const untilMs = written[to % written.length]!.atMs;
        fc.pre(!hasLateCopies(written, ({ atMs }) => atMs >= sinceMs));
        expect(found(written, stamped, { untilMs })).toEqual([]);
        expect(found(written, stamped, { sinceMs })).toEqual([]);
        expect(found(written, stamped, { sinceMs, untilMs })).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

/** Of what is gone itself late copies look like events that stand in a wrong place. */
function hasLateCopies(written: readonly Written[], isHere: (first: Written) => boolean): boolean {
  const there = new Set(
    written.filter((one) => one.copy === 'none' && isHere(one)).map(({ bytes }) => bytes),
  );
  return written.some(({ bytes, copy }) => copy === 'late' && !there.has(bytes));
}

describe('A-8: copies that a send brought late', () => {
  const startMs = Date.UTC(2026, 0, 1);
  const minuteMs = 60_000;

  it('are the writer’s in a quiet hour, in which no other checkpoint comes in time', () => {
    const chain = new MadeChain(agents[0]!, startMs).interval(3);
    chain.add('message.sent');
    chain.checkpoint([], agents[0], true);
    const quiet = chain.events.length;
    chain.timeMs += 60 * minuteMs;
    chain.checkpoint();
    const lines = [...chain.events.slice(0, quiet), chain.events[5]!, ...chain.events.slice(quiet)];
    const told = (stampMs: (at: number) => number | null) => {
      const kinds: string[] = [];
      const verifier = new AuditVerifier({ trust, onFinding: ({ kind }) => kinds.push(kind) });
      lines.forEach((line, at) => verifier.take(line, { line: at + 1 }, stampMs(at)));
      return [kinds, verifier.end().repeated];
    };
    expect(told(() => null)).toEqual([[], 1]);
    const cameMs = (ms: number) => (at: number) =>
      at < quiet ? startMs + at : at === quiet ? startMs + ms : startMs + 60 * minuteMs + at;
    expect(told(cameMs(5 * minuteMs))).toEqual([[], 1]);
    expect(told(cameMs(20 * minuteMs))).toEqual([['duplicated'], 0]);
  });

  it('are nobody’s behind an event that happened long after the checkpoint, whoever stamps what', () => {
    const chain = new MadeChain(agents[0]!, startMs).interval(3);
    chain.add('message.sent');
    chain.checkpoint([], agents[0], true);
    chain.timeMs += 20 * minuteMs;
    chain.add('message.sent');
    const lines = [...chain.events, chain.events[5]!];
    chain.checkpoint();
    expect(verified([...lines, chain.events.at(-1)!], trust).wrong).toEqual(['duplicated 5']);
  });

  it('are known though so many events came since that others are forgotten, and are not where they differ', () => {
    const chain = new MadeChain(agents[0]!, startMs).interval(3);
    chain.add('message.sent');
    chain.checkpoint([], agents[0], true);
    for (let i = 0; i < 35_000; i++) chain.add('message.sent', {}, { time: startMs });
    chain.timeMs = startMs + minuteMs;
    chain.checkpoint();
    const [original, behind] = [chain.events[5]!, chain.events.length];
    const other = Buffer.from(String(original).replace('message.sent', 'message.sant'));
    chain.interval(2);
    const withCopy = (copy: Buffer) => chain.events.toSpliced(behind, 0, copy);
    expect(verified(withCopy(original), trust)).toMatchObject({ wrong: [], summary: { repeated: 1 } });
    expect(verified(withCopy(other), trust).wrong).toEqual(['duplicated 5']);
    expect(verified(withCopy(chain.events[3]!), trust).wrong).toEqual(['duplicated 3']);
  });

  it('of two sends are judged each for itself, also where they come in the other order', () => {
    const chain = new MadeChain(agents[0]!, startMs);
    for (const again of [true, false, true, false]) {
      for (let i = 0; i < 3; i++) chain.add('message.sent');
      chain.checkpoint([], agents[0], again);
    }
    // 1-3, 4 again; 5-7, 8; 9-11, 12 again; 13-15, 16.
    const withCopies = (...copies: number[]) =>
      verified(chain.events.toSpliced(15, 0, ...copies.map((each) => chain.events[each]!)), trust).wrong;
    expect(withCopies(10, 2)).toEqual([]);
    expect(withCopies(10, 6)).toEqual(['duplicated 6']);
    expect(withCopies(6, 2)).toEqual(['duplicated 6']);
  });
});

describe('where what is here begins', () => {
  const startMs = Date.UTC(2026, 0, 1);
  const hourMs = 3_600_000;

  it('amid repeats, these are the writer’s, and are not where they do not lead to the newest event', () => {
    const { events } = new MadeChain(agents[0]!, startMs).interval(5).interval(5).interval(5).stop();
    const from = (...sequences: number[]) => {
      const lines = sequences.map((each) => events[each]!);
      return verified([...lines, ...events.slice(Math.max(...sequences) + 1)], trust).wrong;
    };
    for (const sequences of [
      [3, 2, 3],
      [3, 4, 1, 2, 3, 4],
      [5, 6, 7, 3, 4, 5, 6, 7],
      [8, 6, 7, 5, 6, 7, 8],
      [12, 11, 12],
      [6, 7, 8, 9, 10, 11, 12, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ])
      expect(from(...sequences)).toEqual([]);
    expect(from(3, 4, 2, 3)).not.toEqual([]);
    expect(from(3, 4, 2, 4)).not.toEqual([]);
    expect(from(3, 1, 3)).not.toEqual([]);
    expect(from(6, 7, 8, 9, 10, 11, 12, 5)).not.toEqual([]);
    const other = Buffer.from(String(events[2]).replace('message.sent', 'message.sant'));
    expect(verified([events[3]!, other, ...events.slice(3)], trust).wrong).not.toEqual([]);
  });

  it('amid what the only checkpoint of a chain covers, that is told as not vouched for, and only there', () => {
    const cut = (laterMs: number, options = {}) => {
      const chain = new MadeChain(agents[1]!, startMs + laterMs).interval(5).stop();
      const other = new MadeChain(agents[0]!, startMs).interval(2);
      other.timeMs += 5 * hourMs;
      other.interval(2);
      const lines = [...other.events, ...chain.events.slice(-2, -1), ...chain.events.slice(-1)];
      return verified(lines.toSpliced(-2, 1), trust, options);
    };
    const { wrong, findings, summary } = cut(0);
    expect(wrong).toEqual([]);
    expect(findings.map(({ kind, first, last }) => [kind, first, last])).toEqual([
      ['beginning', 0, 7],
      ['unfinished', 8, 8],
    ]);
    expect(summary.ok).toBe(true);
    expect(cut(4 * hourMs).wrong).toEqual(['inserted 8']);
    expect(cut(0, { mayBeginLate: () => false }).wrong).toEqual(['missing 0-7', 'inserted 8']);
  });

  it('with a first event that has no checkpoint yet, nothing is found and nothing proven', () => {
    const { events } = new MadeChain(agents[0]!, startMs);
    const { wrong, summary } = verified(events, trust, { nowMs: startMs + 1_000 });
    expect([wrong, summary.ok]).toEqual([[], false]);
    expect(verified(events, trust, { nowMs: startMs + hourMs }).wrong).toEqual(['inserted 0']);
  });
});
