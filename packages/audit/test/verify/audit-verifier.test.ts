import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AuditVerifier, type Finding } from '../../src/index.js';
import { MadeChain, madeAgent, trustIn } from './made-trail.ts';
import { verified } from './verified.ts';

const [alice, bob] = [madeAgent('alice'), madeAgent('bob')];
const trust = trustIn([alice, bob]);

/** 0 started, 1–5, 6 checkpoint, 7–11, 12 checkpoint, 13 stopped, 14 checkpoint. */
const chainOf = (agent = alice) => new MadeChain(agent).interval(5).interval(5).stop();

describe('the verifier of a trail', () => {
  it('A-11: proves every event that a good checkpoint covers, and finds nothing', () => {
    const chain = chainOf();
    const { summary, wrong, chains } = verified(chain.events, trust);
    expect(wrong).toEqual([]);
    expect(summary).toMatchObject({ ok: true, events: 15, proven: 14, unfinished: 0, checkpoints: 3 });
    expect(chains[0]).toMatchObject({ writer: 'alice', first: 0, last: 14, ended: true, lastCheckpoint: 14 });
  });

  it('names an altered event', () => {
    for (const at of [0, 1, 5, 7, 11, 13]) {
      const { events } = chainOf();
      events[at] = Buffer.from(events[at]!.toString().replace('"sender_id":"alice"', '"sender_id":"alicf"'));
      expect(verified(events, trust).wrong).toEqual([`altered ${at}`]);
    }
  });

  it('names an event whose hash of the one before was altered, and not that one', () => {
    for (const at of [1, 5, 8, 11]) {
      const { events } = chainOf();
      events[at] = Buffer.from(
        events[at]!.toString().replace(
          /"previous":"(.)/,
          (_, digit: string) => `"previous":"${digit === 'a' ? 'b' : 'a'}`,
        ),
      );
      expect(verified(events, trust).wrong).toEqual([`altered ${at}`]);
    }
  });

  it('names two altered events side by side', () => {
    const { events } = chainOf();
    for (const at of [8, 9]) events[at] = Buffer.from(events[at]!.toString().replace('alice', 'malic'));
    expect(verified(events, trust).wrong.toSorted()).toEqual(['altered 8', 'altered 9']);
  });

  it('names a missing event, several, and a missing checkpoint', () => {
    for (const [at, count, named] of [
      [1, 1, 'missing 1'],
      [8, 1, 'missing 8'],
      [8, 3, 'missing 8-10'],
      [6, 1, 'missing 6'],
      [4, 5, 'missing 4-8'],
      [12, 1, 'missing 12'],
    ] as const) {
      const { events } = chainOf();
      events.splice(at, count);
      expect(verified(events, trust).wrong).toEqual([named]);
    }
  });

  it('takes a last line without an end for an event where it is one, and for an unfinished tail where it is torn', () => {
    const { events } = chainOf();
    const last = events.pop()!;
    const judged = (line: Buffer) => {
      const findings: Finding[] = [];
      const verifier = new AuditVerifier({ trust, onFinding: (finding) => findings.push(finding) });
      events.forEach((each, at) => verifier.take(each, { line: at + 1 }));
      const event = verifier.takeLast(line, { line: events.length + 1 });
      const { ok, events: count } = verifier.end();
      return {
        ok,
        count,
        event,
        findings: findings.map(({ kind, severity, place }) => [kind, severity, place]),
      };
    };
    expect(judged(last)).toMatchObject({ ok: true, count: 15, event: { sequence: 14 }, findings: [] });
    for (const length of [1, 100, last.length - 1]) {
      const { ok, count, event, findings } = judged(last.subarray(0, length));
      expect([ok, count, event]).toEqual([true, 14, null]);
      expect(findings[0]).toEqual(['unfinished', 'note', { line: 15 }]);
    }
    // No event that is being written is so long.
    expect(judged(Buffer.alloc(8_001, 'x')).findings[0]![0]).toBe('inserted');
  });

  it('tells a missing beginning as a note where it may have gone by retention, and as missing where not', () => {
    const { events } = chainOf();
    const late = verified(events.slice(3), trust);
    expect(late.wrong).toEqual([]);
    expect(late.findings).toMatchObject([{ kind: 'beginning', first: 0, last: 2 }]);
    // Through the hashes alone also what stands before the first checkpoint is proven.
    expect(late.summary).toMatchObject({ ok: true, proven: 11 });
    expect(verified(events.slice(3), trust, { mayBeginLate: () => false }).wrong).toEqual(['missing 0-2']);
  });

  it('names reordered events', () => {
    const { events } = chainOf();
    [events[8], events[9]] = [events[9]!, events[8]!];
    expect(verified(events, trust).wrong).toEqual(['reordered 8']);
    const moved = chainOf().events;
    moved.splice(13, 0, ...moved.splice(3, 1));
    expect(verified(moved, trust).wrong).toEqual(['reordered 3']);
    const first = chainOf().events;
    first.splice(2, 0, ...first.splice(0, 1));
    expect(verified(first, trust).wrong).toEqual(['reordered 0']);
  });

  it('A-8: takes what was written again as it is, and names any other copy', () => {
    const at = (...sequences: number[]) => {
      const { events } = chainOf();
      return verified(
        sequences.map((each) => events[each]!),
        trust,
      );
    };
    const whole = [...Array(15).keys()];
    const after = (sequence: number, ...again: number[]) =>
      at(...whole.slice(0, sequence + 1), ...again, ...whole.slice(sequence + 1));
    for (const again of [[8], [7, 8], [2, 3, 4, 5, 6, 7, 8], [7, 8, 7, 8], [6, 5, 6, 7, 8]]) {
      const { wrong, summary } = after(8, ...again);
      expect(wrong).toEqual([]);
      expect(summary).toMatchObject({ ok: true, repeated: again.length });
    }
    expect(after(8, 7).wrong).toEqual(['duplicated 7']);
    expect(after(8, 4, 5).wrong).toEqual(['duplicated 4-5']);
    expect(after(8, 4, 8).wrong).toEqual(['duplicated 4']);
    expect(after(14, 4).wrong).toEqual(['duplicated 4']);
    expect(after(14, 13, 14).wrong).toEqual([]);
  });

  it('A-8: takes what a send brought late where a checkpoint says that it may stand again, and nothing else', () => {
    // 0 started, 1-3 messages, 4 checkpoint; 5-7 messages, 8 checkpoint “again”; 9-11 messages, 12 checkpoint; 13-15, 16.
    const made = (again: boolean, apartMs = 0): Buffer[] => {
      const chain = new MadeChain(bob).interval(3);
      for (const says of [again, false, false]) {
        for (let i = 0; i < 3; i++) chain.add('message.sent', { message_hash: `${i}`.repeat(64) });
        chain.checkpoint([], bob, says);
        chain.timeMs += apartMs;
      }
      return chain.events;
    };
    const withCopies = (events: readonly Buffer[], behind: number, ...copies: number[]) =>
      verified(
        [...events.slice(0, behind + 1), ...copies.map((each) => events[each]!), ...events.slice(behind + 1)],
        trust,
      );
    for (const behind of [6, 7, 9, 11, 15]) {
      const { wrong, summary } = withCopies(made(true), behind, 4, 5);
      expect(wrong).toEqual([]);
      expect(summary).toMatchObject({ ok: true, repeated: 2 });
      expect(withCopies(made(false), behind, 4, 5).wrong).toEqual(['duplicated 4-5']);
    }
    // What it does not cover: the interval before, its own event, and what comes long after.
    expect(withCopies(made(true), 9, 3).wrong).toEqual(['duplicated 3']);
    expect(withCopies(made(true), 9, 8).wrong).toEqual(['duplicated 8']);
    expect(withCopies(made(true), 11, 3, 4, 5).wrong).toEqual(['duplicated 3-5']);
    expect(withCopies(made(true, 16 * 60_000), 14, 5).wrong).toEqual(['duplicated 5']);
    // Behind the last checkpoint there is, too; but not where the broker says that it came long after.
    const appended = (afterMs: number) => {
      const events = made(true).slice(0, 9);
      const told: string[] = [];
      const verifier = new AuditVerifier({ trust, onFinding: ({ kind }) => told.push(kind) });
      events.forEach((event, at) => verifier.take(event, { line: at }, 1_000 + at));
      verifier.take(events[5]!, { line: 9 }, 1_000 + afterMs);
      verifier.end();
      return told.filter((kind) => kind === 'duplicated');
    };
    expect([appended(60_000), appended(16 * 60_000)]).toEqual([[], ['duplicated']]);
    // Nobody vouches for the end of a trail, nor says yet whether that may stand again.
    const open = withCopies(made(true).slice(0, 8), 6, 5);
    expect(open.wrong).toEqual([]);
    expect(open.findings.map(({ kind, severity }) => [kind, severity])).toContainEqual([
      'duplicated',
      'note',
    ]);
    // Not the same bytes.
    const events = made(true);
    const altered = Buffer.from(String(events[5]!).replace('message.sent', 'message.sant'));
    const lines = [...events.slice(0, 8), altered, ...events.slice(8)];
    expect(verified(lines, trust).summary.ok).toBe(false);
  });

  it('names what was put in: no event, an event of no chain, one that does not fit, one that fits too well', () => {
    const chain = chainOf();
    const put = (line: Buffer, at: number) => verified(chain.events.toSpliced(at, 0, line), trust).wrong;
    expect(put(Buffer.from('no event'), 4)).toEqual(['inserted null']);
    const stranger = new MadeChain(madeAgent('eve'), Date.UTC(2025, 0, 1)).events[0]!;
    expect(put(stranger, 4)).toEqual(['inserted 0']);
    const fits = chain.forkedAt(8).made('message.sent');
    expect(put(fits, 8)).toEqual(['inserted 8']);
    expect(put(fits, 9)).toEqual(['inserted 8']);
    expect(put(fits, 14)).toEqual(['inserted 8']);
    const unfit = Buffer.from(fits.toString().replace(/"previous":"..../, '"previous":"0000'));
    expect(put(unfit, 8)).toEqual(['inserted 8']);
    const ahead = chain.forkedAt(11);
    const far = Buffer.from(ahead.made('message.sent').toString());
    expect(put(far, 8)).toEqual(['inserted 11']);
  });

  it('names a whole run that was put in, with a checkpoint of its own', () => {
    const chain = chainOf();
    const eve = madeAgent('eve');
    const other = chain.forkedAt(8);
    for (let i = 0; i < 3; i++) other.add('message.sent');
    other.checkpoint([], eve);
    const { wrong } = verified(chain.events.toSpliced(10, 0, ...other.events.slice(8)), trust);
    expect(wrong.toSorted()).toEqual(['checkpoint 11', 'inserted 8-11']);
  });

  it('names what was rewritten with all hashes after it, since no checkpoint signs that', () => {
    const chain = chainOf();
    const other = chain.forkedAt(8);
    other.add('message.sent', { message_hash: 'f'.repeat(64) });
    while (other.events.length < 12) other.add('message.sent');
    const note = JSON.parse(chain.events[12]!.toString()).unmapped.checkpoint as string;
    other.add('audit.checkpoint', { checkpoint: note });
    const { wrong, summary } = verified(other.events, trust);
    expect(wrong).toEqual(['altered 6-11']);
    expect(summary.ok).toBe(false);
  });

  it('names a fork that the writer itself signed', () => {
    const chain = new MadeChain(alice).interval(5).interval(5);
    const other = chain.forkedAt(9);
    other.interval(4);
    const { wrong } = verified([...chain.events, ...other.events.slice(9)], trust);
    expect(wrong).toEqual(['inserted 9', 'inserted 10', 'inserted 11', 'fork 12']);
    const twice = chain.forkedAt(9).interval(2);
    const mixed = [...chain.events.slice(0, 10), ...twice.events.slice(9), ...chain.events.slice(10)];
    expect(verified(mixed, trust).summary.ok).toBe(false);
  });

  it('A-13: refuses a checkpoint of a key that is unknown, another’s, not valid or distrusted at its time', () => {
    const chain = chainOf();
    expect(verified(chain.events, trustIn([bob])).wrong).toContain('checkpoint 6');
    expect(verified(chain.events, trustIn([bob])).wrong).toContain('inserted 0-14');
    const atMs = Date.UTC(2026, 0, 1);
    for (const terms of [{ notBeforeMs: atMs + 1e6 }, { notAfterMs: atMs - 1e6 }, { distrustFromMs: atMs }]) {
      const { wrong, summary } = verified(chain.events, trustIn([alice], terms));
      expect(wrong).toContain('checkpoint 12');
      expect(summary.ok).toBe(false);
    }
    const borrowed = new MadeChain(alice).interval(3);
    borrowed.add('message.sent');
    borrowed.checkpoint([], bob);
    expect(verified(borrowed.events, trust).wrong).toEqual(['checkpoint 6']);
  });

  it('A-6: a writer’s name may become its pseudonym when it starts anew, and nobody else’s', () => {
    const pseudonym = `p-${'ab'.repeat(16)}`;
    const renamed = (name: string, started: boolean) => {
      const chain = new MadeChain(alice).interval(2);
      Object.assign(chain, { agent: { ...alice, name } });
      chain.add(started ? 'audit.started' : 'message.sent');
      return chain.interval(2).events;
    };
    const pseudonyms = (agent: string) => ({
      ...trust,
      pseudonym: (name: string) => (name === agent ? pseudonym : 'p-'),
    });
    expect(verified(renamed(pseudonym, true), pseudonyms('alice')).summary.ok).toBe(true);
    expect(verified(renamed(pseudonym, true), trust).summary.ok).toBe(true);
    expect(verified(renamed(pseudonym, true), pseudonyms('bob')).summary.ok).toBe(false);
    expect(verified(renamed('bob', true), trust).wrong).toEqual(['checkpoint 7']);
    expect(verified(renamed(pseudonym, false), pseudonyms('alice')).summary.ok).toBe(false);
  });

  it('A-13: refuses a checkpoint of one agent over events that name another', () => {
    const chain = new MadeChain(alice);
    Object.assign(chain, { agent: bob });
    chain.add('audit.started');
    chain.add('message.sent');
    Object.assign(chain, { agent: alice });
    chain.add('audit.started');
    chain.checkpoint();
    expect(verified(chain.events, trust).wrong).toContain('checkpoint 4');
    const amid = new MadeChain(alice);
    Object.assign(amid, { agent: bob });
    amid.add('message.sent');
    Object.assign(amid, { agent: alice });
    amid.checkpoint();
    expect(verified(amid.events, trust).wrong).toContain('inserted 1');
  });

  it('tells an unfinished tail as a note, and a chain that nobody ever signed as put in', () => {
    const chain = chainOf();
    chain.add('audit.started');
    chain.add('message.sent');
    const { wrong, findings, summary } = verified(chain.events, trust);
    expect(wrong).toEqual([]);
    expect(findings).toMatchObject([{ kind: 'unfinished', severity: 'note', first: 15, last: 16 }]);
    expect(summary).toMatchObject({ ok: true, unfinished: 2 });
    const unsigned = new MadeChain(bob, Date.UTC(2025, 5, 1));
    unsigned.add('message.sent');
    expect(verified([...chain.events, ...unsigned.events], trust).wrong).toEqual(['inserted 0-1']);
    const hourly = { checkpointEveryMs: 3_600_000 };
    const waiting = new MadeChain(bob, chain.timeMs - 3_600_000);
    expect(verified([...waiting.events, ...chain.events], trust, hourly).wrong).toEqual([]);
    expect(verified([...waiting.events, ...chain.events], trust).wrong).toEqual(['inserted 0']);
    const young = new MadeChain(bob, chain.timeMs - 50);
    expect(verified([...chain.events, ...young.events], trust).wrong).toEqual([]);
  });

  it('A-10: tells a gap that the writer told', () => {
    const chain = new MadeChain(alice);
    chain.add('audit.gap', { events: 7, reason: 'spool_full' });
    chain.checkpoint();
    const { wrong, findings } = verified(chain.events, trust);
    expect(wrong).toEqual(['gap 1']);
    expect(findings[0]!.why).toContain('7 events were lost before this one, its writer says (spool_full).');
  });

  it('A-10: tells which chain the one with a gap goes on for, and nothing else that stands in its place', () => {
    for (const [old, why] of [
      ['ab'.repeat(16), `(chain_head_lost), whose chain before was ${'ab'.repeat(16)}.`],
      ['\u001b[2J', '(chain_head_lost).'],
    ] as const) {
      const chain = new MadeChain(alice);
      chain.add('audit.gap', { events: null, reason: 'chain_head_lost', old_chain: old });
      const { findings } = verified(chain.interval(2).stop().events, trust);
      expect(findings[0]!.why.endsWith(why)).toBe(true);
    }
  });

  it('A-15: names a chain that was seen further than it stands here, or otherwise, or is gone', () => {
    const seen = () => {
      const lost = new MadeChain(bob).interval(3).interval(3);
      const chain = new MadeChain(alice).interval(2);
      chain.add('message.sent');
      chain.checkpoint([lost.seen()]);
      return { chain, lost };
    };
    const whole = seen();
    expect(verified([...whole.lost.events, ...whole.chain.events], trust).wrong).toEqual([]);
    expect(verified([...whole.chain.events, ...whole.lost.events], trust).wrong).toEqual([]);
    const cut = seen();
    expect(verified([...cut.lost.events.slice(0, 6), ...cut.chain.events], trust).wrong).toEqual([
      'lost_end 6-8',
    ]);
    expect(verified([...cut.lost.events.slice(0, 5), ...cut.chain.events], trust).wrong).toEqual([
      'lost_end 5-8',
    ]);
    const gone = seen();
    expect(verified(gone.chain.events, trust).wrong).toEqual(['lost_end 0-8']);
    const anew = seen();
    const other = anew.lost.forkedAt(5);
    other.interval(3);
    expect(other.seen().sequence).toBe(8);
    for (const lines of [
      [...other.events, ...anew.chain.events],
      [...anew.chain.events, ...other.events],
    ])
      expect(verified(lines, trust).wrong).toEqual(['lost_end 8']);
  });

  it('says nothing is proven where nothing is there', () => {
    expect(verified([], trust).summary).toMatchObject({ ok: false, events: 0 });
  });

  it('ends with bounded findings whatever stands on the topic, and never with success', () => {
    const chain = chainOf();
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({
          chain: fc.constantFrom(chain.chain, 'ab'.repeat(16)),
          sequence: fc.oneof(fc.nat(20), fc.maxSafeNat()),
          kind: fc.constantFrom('audit.checkpoint', 'message.sent', 'audit.gap'),
        })
        .map(({ chain: id, sequence, kind }) =>
          Buffer.from(
            JSON.stringify({
              metadata: { uid: `${id}:${sequence}`, sequence },
              unmapped: {
                chain: id,
                sequence,
                kind,
                writer: 'alice',
                previous: randomBytes(32).toString('hex'),
                checkpoint: 'x',
              },
            }),
          ),
        ),
      fc.nat(14).map((at) => chain.events[at]!),
    );
    fc.assert(
      fc.property(fc.array(junk, { minLength: 1, maxLength: 40 }), (lines) => {
        const { summary, findings } = verified(lines, trust, { maxFindings: 10, maxChains: 2 });
        expect(findings.length).toBeLessThanOrEqual(10);
        if (summary.ok) expect(lines.every((line) => chain.events.includes(line))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('holds its memory and its time whatever is put between two checkpoints', () => {
    const chain = new MadeChain(alice).interval(2);
    const lines: Buffer[] = [...chain.events];
    for (let i = 0; i < 20_000; i++) {
      const other = chain.forkedAt(3);
      lines.push(other.made('message.sent', { previous: randomBytes(32).toString('hex') }));
    }
    chain.interval(2);
    lines.push(...chain.events.slice(4));
    const { summary } = verified(lines, trust);
    expect(summary.ok).toBe(false);
    expect(summary.findings.inserted + summary.findings.fork).toBeGreaterThan(10_000);
    expect(summary.untold).toBeGreaterThan(0);
  });

  it('looks at no more chains than it may, and says so', () => {
    const chains = [...Array(5)].map(() => chainOf());
    const { wrong } = verified(
      chains.flatMap(({ events }) => events),
      trust,
      { maxChains: 3 },
    );
    expect(wrong).toEqual(['limit null']);
  });
});
