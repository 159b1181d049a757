// What an attacker writes into events that nobody has signed: it must hide nothing that is signed, nor what others have seen.
import { describe, expect, it } from '@jest/globals';
import { MadeChain, madeAgent, trustIn } from './made-trail.ts';
import { verified } from './verified.ts';

const [alice, bob, eve] = [madeAgent('alice'), madeAgent('bob'), madeAgent('eve')];
const trust = trustIn([alice, bob]);
const startMs = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;
const wrongIn = (...given: Parameters<typeof verified>) => verified(...given).wrong;

/** An event that says to be of this chain, and whatever else. */
const claim = ({ chain }: MadeChain, sequence: number, timeMs: number, previous = 'ab'.repeat(32)) =>
  Buffer.from(
    JSON.stringify({
      time: timeMs,
      metadata: { uid: `${chain}:${sequence}`, sequence },
      unmapped: { chain, sequence, previous, writer: 'alice', kind: 'message.sent' },
    }),
  );

describe('a sequence', () => {
  it('hides no event, however far ahead of its chain it says to be', () => {
    const chain = new MadeChain(alice).interval(3).interval(3).stop();
    for (const sequence of [1_100_000, 2 ** 40, Number.MAX_SAFE_INTEGER])
      for (const at of [0, 3, 5, chain.events.length]) {
        const put = claim(chain, sequence, chain.timeMs);
        expect(wrongIn(chain.events.toSpliced(at, 0, put), trust)).toEqual([`inserted ${sequence}`]);
      }
  });
});

describe('a time that is later than was asked for', () => {
  const untilMs = startMs + hourMs;

  it('ends no chain before a checkpoint vouches for it', () => {
    const chain = () => new MadeChain(alice).interval(3).interval(3).interval(3);
    const late = startMs + 2 * hourMs;
    for (const put of [claim(chain(), 0, late), claim(chain(), 5, late)]) {
      const { events } = chain();
      expect(wrongIn(events.toSpliced(5, 2, put), trust, { untilMs }).length).toBeGreaterThan(0);
    }
    const made = chain();
    const linked = claim(made, 5, late, made.leaves[4]!.toString('hex'));
    expect(wrongIn(made.events.toSpliced(5, 0, linked), trust, { untilMs })).toEqual(['inserted 5']);
    expect(wrongIn(made.events.toSpliced(5, 1, linked), trust, { untilMs })).toEqual(['altered 5']);
    expect(wrongIn([claim(made, 0, late), ...made.events.toSpliced(6, 1)], trust, { untilMs })).toEqual([
      'missing 6',
    ]);
  });

  it('hides no chain that others have seen', () => {
    const lost = new MadeChain(bob).interval(3);
    const chain = new MadeChain(alice).interval(2);
    chain.checkpoint([lost.seen()]);
    const put = claim(lost, 0, startMs + 2 * hourMs);
    expect(wrongIn([put, ...chain.events], trust, { untilMs })).toEqual(['lost_end 0-4']);
  });

  it('is passed over behind the checkpoint that covers it, and so is a chain that begins with it', () => {
    const chain = new MadeChain(alice).interval(3);
    chain.timeMs = untilMs;
    chain.interval(3).interval(3);
    const later = new MadeChain(bob, untilMs + 1_000).interval(3);
    const lines = [...chain.events.toSpliced(10, 1), ...later.events];
    const { summary, wrong } = verified(lines, trust, { untilMs });
    expect(wrong).toEqual([]);
    expect(summary).toMatchObject({ ok: true, chains: 1, events: 9, proven: 8 });
  });

  it('is passed over at the beginning of a chain whose clock was set back', () => {
    const chain = new MadeChain(alice, untilMs + 1_000);
    chain.add('message.sent');
    chain.timeMs = untilMs - 60_000;
    chain.interval(3).interval(3);
    const { wrong, findings } = verified(chain.events, trust, { untilMs, mayBeginLate: () => false });
    expect(wrong).toEqual([]);
    expect(findings).toMatchObject([{ kind: 'beginning', first: 0, last: 1 }]);
    const cut = verified(chain.events.toSpliced(1, 2), trust, { untilMs, mayBeginLate: () => false });
    expect(cut.wrong).toEqual(['missing 0-2']);
  });
});

describe('a tail that no checkpoint covers', () => {
  it('is none of a chain whose checkpoint others saw there', () => {
    const chain = new MadeChain(bob).interval(5).interval(5).interval(5);
    const other = new MadeChain(alice).interval(2);
    other.checkpoint([chain.seen()]);
    const anew = chain.forkedAt(7);
    while (anew.events.length < 21) anew.add('message.sent');
    for (const lines of [
      [...anew.events, ...other.events],
      [...other.events, ...anew.events],
    ])
      expect(wrongIn(lines, trust)).toEqual(['lost_end 18']);
    // So long that what stood there is no longer held.
    while (anew.events.length < 70_000) anew.add('message.sent');
    expect(wrongIn([...anew.events, ...other.events], trust)).toContain('lost_end 18');
  });

  it('is a finding where its writer’s key signed another history than others saw', () => {
    const chain = new MadeChain(bob).interval(5).interval(5).interval(5);
    const other = new MadeChain(alice).interval(2);
    other.checkpoint([chain.seen()]);
    const anew = chain.forkedAt(7).interval(4).interval(4).interval(4);
    expect(anew.checkpoints).not.toContain(18);
    expect(wrongIn([...anew.events, ...other.events], trust)).toEqual(['lost_end 18']);
    expect(wrongIn([...other.events, ...anew.events], trust)).toEqual(['lost_end 18']);
  });

  it('does not begin before a checkpoint that signs other events, however many', () => {
    const chain = new MadeChain(alice).interval(3);
    for (let i = 0; i < 31_000; i++) chain.add('message.sent');
    chain.checkpoint();
    const at = chain.checkpoints[1]!;
    const anew = chain.forkedAt(10);
    while (anew.events.length < at) anew.add('message.sent', { message_hash: 'f'.repeat(64) });
    anew.add('audit.checkpoint', { checkpoint: noteOf(chain.events[at]!) });
    anew.add('message.sent');
    expect(wrongIn(anew.events, trust)).toEqual([`altered 4-${at - 1}`]);
  });

  it('is that of a new chain only where it says to have begun by now', () => {
    const nowMs = startMs + hourMs;
    const chain = new MadeChain(alice, nowMs - 60_000).interval(3);
    const forged = (timeMs: number) => new MadeChain(eve, timeMs).events;
    const judged = (timeMs: number, at: number) =>
      wrongIn([...forged(timeMs), ...chain.events], trust, { nowMs: at });
    expect(judged(nowMs - 30_000, nowMs)).toEqual([]);
    expect(judged(nowMs + 100 * hourMs, nowMs)).toEqual([]);
    chain.timeMs = nowMs + hourMs;
    chain.interval(3);
    expect(judged(nowMs + 100 * hourMs, nowMs)).toEqual(['inserted 0']);
    expect(judged(nowMs - 30_000, nowMs + hourMs)).toEqual(['inserted 0']);
  });
});

describe('the first event of a file', () => {
  it('does not say when what is here begins, where a checkpoint was there before', () => {
    const lost = new MadeChain(bob, startMs).interval(2);
    lost.timeMs = startMs + 5 * hourMs;
    lost.interval(2);
    const chain = new MadeChain(alice, startMs).interval(2);
    chain.timeMs = startMs + 5 * hourMs + 60_000;
    chain.checkpoint([lost.seen()]);
    const late = new MadeChain(alice, startMs + 6 * hourMs).interval(2);
    // Somebody cut the head off one chain, as retention does, and put the newest one in front.
    const lines = [...late.events, ...chain.events.slice(1)];
    expect(wrongIn(lines, trust)).toEqual(['lost_end 0-6']);
  });
});

describe('what an event says of its place and its writer', () => {
  it('is altered where it does not say the same everywhere', () => {
    const chain = new MadeChain(alice).interval(3).interval(3);
    const { metadata } = JSON.parse(String(chain.events[5])) as { metadata: object };
    for (const other of [
      { ...metadata, sequence: 6 },
      { ...metadata, sequence: null },
      { ...metadata, uid: 'x' },
    ]) {
      const changed = JSON.stringify({ ...(JSON.parse(String(chain.events[5])) as object), metadata: other });
      expect(wrongIn(chain.events.with(5, Buffer.from(changed)), trust)).toEqual(['altered 5']);
    }
    // Also the newest, which nothing vouches for yet.
    const newest = chain.made('message.sent', {}, { metadata: { ...metadata, uid: 'x', sequence: 9 } });
    expect(wrongIn([...chain.events, newest], trust)).toEqual(['altered 9']);
    const wrongSequence = chain.made(
      'message.sent',
      {},
      {
        metadata: { uid: `${chain.chain}:${chain.events.length}`, sequence: 3 },
      },
    );
    expect(wrongIn([...chain.events, wrongSequence], trust)).toEqual(['altered 9']);
  });

  it('names another writer in front of what a checkpoint proves through hashes alone', () => {
    const chain = new MadeChain(alice);
    Object.assign(chain, { agent: bob });
    chain.add('message.sent');
    Object.assign(chain, { agent: alice });
    chain.interval(2);
    expect(wrongIn(chain.events, trust)).toContain('inserted 1');
  });

  it('is no other event than the one that was missing, where it comes late', () => {
    const chain = new MadeChain(alice).interval(3).interval(3).interval(3);
    const other = chain.forkedAt(6).made('message.sent', { message_hash: 'f'.repeat(64) });
    const held = chain.events.toSpliced(6, 1);
    const late = (line: Buffer) => wrongIn(held.toSpliced(10, 0, line), trust);
    expect(late(chain.events[6]!)).toEqual(['reordered 6']);
    expect(late(other)).toEqual(['inserted 6', 'missing 6']);
  });

  it('is nobody’s word of its own chain', () => {
    const chain = new MadeChain(alice).interval(2);
    chain.checkpoint([{ ...chain.seen(), leafHash: 'ab'.repeat(32) }]);
    chain.checkpoint([{ ...chain.seen(), sequence: 99 }]);
    expect(wrongIn(chain.events, trust)).toEqual([]);
  });
});

const noteOf = (checkpoint: Buffer): string =>
  (JSON.parse(checkpoint.toString()) as { unmapped: { checkpoint: string } }).unmapped.checkpoint;
