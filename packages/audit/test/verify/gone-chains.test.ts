// Whole chains that others have seen, and of which nothing is here.
import { describe, expect, it } from '@jest/globals';
import { AuditVerifier, type Finding } from '../../src/index.js';
import { MadeChain, madeAgent, trustIn } from './made-trail.ts';
import { verified } from './verified.ts';

const [alice, bob] = [madeAgent('alice'), madeAgent('bob')];
const trust = trustIn([alice, bob]);

describe('A-15: a chain of which nothing is here', () => {
  const hourMs = 3_600_000;
  /** The lost one ended at `lostAtMs`; the other one saw it a minute later, and goes on. Both begin behind their first event. */
  const world = (lostAtMs: number) => {
    const start = Date.UTC(2026, 0, 1);
    const lost = new MadeChain(bob, start).interval(2);
    lost.timeMs = start + lostAtMs;
    lost.interval(2);
    const chain = new MadeChain(alice, start).interval(2);
    const head = chain.events.length;
    chain.interval(1);
    chain.timeMs = start + lostAtMs + 60_000;
    chain.checkpoint([lost.seen()]);
    chain.interval(3);
    return { lost, chain, head };
  };
  const lostEnds = (...given: Parameters<typeof verified>) =>
    verified(...given)
      .findings.filter(({ kind }) => kind === 'lost_end')
      .map(({ severity, chain }) => [severity, chain]);

  it('is a finding, though it may have gone by retention, where it was seen long after what is here begins', () => {
    const { lost, chain, head } = world(5 * hourMs);
    expect(lostEnds(chain.events.slice(head), trust)).toEqual([['finding', lost.chain]]);
  });

  it('is a note where it may have ended before what is here begins, and a finding where nothing can have gone', () => {
    const { lost, chain, head } = world(hourMs);
    expect(lostEnds(chain.events.slice(head), trust)).toEqual([['note', lost.chain]]);
    expect(lostEnds(chain.events, trust)).toEqual([['finding', lost.chain]]);
    expect(lostEnds(chain.events.slice(head), trust, { mayBeginLate: () => false })).toEqual([
      ['finding', lost.chain],
    ]);
  });

  it('is a note where another partition begins so late that it may have stood there', () => {
    const { lost, chain, head } = world(5 * hourMs);
    const later = new MadeChain(bob, Date.UTC(2026, 0, 1) + 4 * hourMs).interval(2).interval(2);
    const told = (begins: boolean) => {
      const findings: Finding[] = [];
      const verifier = new AuditVerifier({
        trust,
        onFinding: (finding) => findings.push(finding),
        mayBeginLate: ({ partition }) => partition === 0 || begins,
      });
      for (const line of chain.events.slice(head)) verifier.take(line, { partition: 0 });
      for (const line of later.events.slice(begins ? 3 : 0)) verifier.take(line, { partition: 1 });
      verifier.end();
      return findings.filter(({ kind }) => kind === 'lost_end').map((one) => [one.severity, one.chain]);
    };
    expect(told(true)).toEqual([['note', lost.chain]]);
    expect(told(false)).toEqual([['finding', lost.chain]]);
  });

  it('is a note where its partition has lost what it had, unless it was seen within a day', () => {
    const { lost, chain } = world(hourMs);
    const retention = () => 'shortened' as const;
    const emptied = () => 'emptied' as const;
    const mayBeginLate = () => false;
    const judged = (options: Parameters<typeof verified>[2]) =>
      lostEnds(chain.events, trust, { mayBeginLate, ...options });
    expect(judged({ retention: emptied })).toEqual([['finding', lost.chain]]);
    chain.timeMs += 48 * hourMs;
    chain.interval(1);
    expect(judged({ retention: emptied })).toEqual([['note', lost.chain]]);
    expect(judged({ retention })).toEqual([['finding', lost.chain]]);
  });

  it('is a note where it is known that another chain is the first that retention left of its partition', () => {
    const { lost, chain } = world(hourMs);
    const later = new MadeChain(bob, Date.UTC(2026, 0, 1) + 4 * hourMs).interval(2).interval(2);
    const told = (retention: 'unknown' | 'shortened') => {
      const findings: Finding[] = [];
      const verifier = new AuditVerifier({
        trust,
        onFinding: (finding) => findings.push(finding),
        mayBeginLate: ({ partition }) => partition === 1,
        retention: () => retention,
      });
      for (const line of chain.events) verifier.take(line, { partition: 0 });
      for (const line of later.events) verifier.take(line, { partition: 1 });
      verifier.end();
      return findings.map(({ kind, severity, chain: of }) => [kind, severity, of]);
    };
    expect(told('shortened')).toEqual([['lost_end', 'note', lost.chain]]);
    expect(told('unknown')).toEqual([['lost_end', 'finding', lost.chain]]);
  });

  it('is a note where only a part of the trail is given, and what lost its end there is a finding still', () => {
    const { lost, chain } = world(5 * hourMs);
    expect(lostEnds(chain.events, trust, { isPart: true })).toEqual([['note', lost.chain]]);
    const cut = [...chain.events, ...lost.events.slice(0, 4)];
    expect(lostEnds(cut, trust, { isPart: true })).toEqual([['finding', lost.chain]]);
  });

  it('is none where it came later than was asked for, by the clock of its writer', () => {
    const start = Date.UTC(2026, 0, 1);
    const ahead = new MadeChain(bob, start).interval(2);
    ahead.timeMs = start + 60_000;
    ahead.interval(2);
    const chain = new MadeChain(alice, start).interval(2);
    chain.checkpoint([ahead.seen()]);
    const lines = [...chain.events, ...ahead.events];
    const untilMs = start + 50_000;
    expect(lostEnds(lines, trust, { untilMs })).toEqual([]);
    const late = lines.filter((line) => !ahead.events.slice(0, 4).includes(line));
    expect(lostEnds(late, trust, { untilMs })).toEqual([]);
    // What is gone in between is gone.
    const holed = lines.filter((line) => line !== ahead.events[3] && line !== ahead.events[2]);
    expect(verified(holed, trust, { untilMs }).wrong).toEqual(['missing 2-3']);
  });

  it('is named though so much else was seen that not all of it is remembered', () => {
    const lost = new MadeChain(bob).interval(2);
    const chain = new MadeChain(alice).interval(1);
    chain.checkpoint([lost.seen()]);
    for (let i = 0; i < 7_000; i++)
      chain.checkpoint(
        Array.from({ length: 16 }, (_, k) => ({
          ...lost.seen(),
          chain: 'ab'.repeat(16),
          sequence: i * 16 + k,
        })),
      );
    expect(lostEnds(chain.events, trust)).toContainEqual(['finding', lost.chain]);
  });
});
