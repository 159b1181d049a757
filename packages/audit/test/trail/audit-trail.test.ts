import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEvent } from '@sealwire/core';
import { parseNote } from '../../src/chain/parse-note.js';
import { SpoolCursor } from '../../src/spool/spool-cursor.js';
import type { AuditTrail } from '../../src/trail/audit-trail.js';
import { abandonedTrails } from '../../src/trail/open-audit-trail.js';
import {
  checkpointKey,
  damageSpool,
  event,
  inClear,
  killed,
  newFolder,
  open,
  options,
  sealed,
  TestSink,
  until,
  type Line,
} from './world.js';

/** Each line’s place follows from the one before. @returns its chain */
function expectChained(lines: readonly Buffer[]): string {
  let previous = '0'.repeat(64);
  const events = lines.map((line) => (JSON.parse(String(line)) as { unmapped: Line }).unmapped);
  events.forEach((each, i) => {
    expect([each.sequence, each.previous, each.chain]).toEqual([i, previous, events[0]!.chain]);
    previous = createHash('sha256').update('\0').update(lines[i]!).digest('hex');
  });
  return events[0]!.chain;
}

const kinds = (sink: TestSink) => sink.events.map(({ kind, outcome }) => `${kind} ${outcome}`);

const hasRoom = (trail: AuditTrail): boolean => {
  try {
    trail.assertRoom(1);
    return true;
  } catch {
    return false;
  }
};

const firstCheckpoint = (sink: TestSink, from = 0): Promise<void> =>
  until(() => kinds(sink).slice(from).includes('audit.checkpoint acknowledged'));

describe('The trail', () => {
  test('chains what it publishes, from its start with a checkpoint to its end with another (A-9, A-11, A-14)', async () => {
    const sink = new TestSink();
    const trail = open(newFolder());
    await trail.record([event('a'), event('b')]);
    trail.add('kafka', sink);
    await firstCheckpoint(sink);
    await trail.close();
    expectChained(sink.lines);
    expect(kinds(sink)).toEqual([
      'audit.started acknowledged',
      'message.received delivered',
      'message.received delivered',
      'audit.checkpoint acknowledged',
      'audit.stopped acknowledged',
      'audit.checkpoint acknowledged',
    ]);
    const note = parseNote(sink.events[3]!['checkpoint'] as string)!;
    expect(note).toMatchObject({
      first: 0,
      size: 3,
      keyId: checkpointKey.keyId.toString('hex'),
      agent: 'bob',
    });
  });

  test('goes on with its chain after a restart, the next tree with the checkpoint before (A-11)', async () => {
    const folder = newFolder();
    const sink = new TestSink();
    for (const type of ['a', 'b']) {
      const trail = open(folder);
      const before = sink.lines.length;
      await trail.record([event(type)]);
      trail.add('kafka', sink);
      await firstCheckpoint(sink, before);
      await trail.close();
    }
    expectChained(sink.lines);
    const notes = sink.events.flatMap(({ checkpoint }) =>
      typeof checkpoint === 'string' ? [parseNote(checkpoint)!] : [],
    );
    expect(notes.map(({ first, size }) => [first, size])).toEqual([
      [0, 2],
      [2, 2],
      [4, 3],
      [7, 2],
    ]);
  });

  test('keeps events while the sink is away, and publishes them in order when it is back (A-17)', async () => {
    const sink = new TestSink();
    sink.refuses = true;
    const trail = open(newFolder());
    trail.add('kafka', sink);
    for (let i = 0; i < 50; i++) await trail.record([event(`${i}`)]);
    expect(trail.state).toMatchObject({ spooledEvents: 51, publishedEvents: 0 });
    sink.refuses = false;
    await until(() => trail.state.spooledEvents === 0);
    await trail.close();
    expectChained(sink.lines);
    expect(sink.events.flatMap(({ message_type: type }) => type ?? [])).toEqual(
      Array.from({ length: 50 }, (_, i) => `${i}`),
    );
  });

  test('publishes after a kill what was recorded before it, and says unknown of what was on its way (A-16)', async () => {
    const folder = newFolder();
    const before = open(folder);
    await before.record([event('a')]);
    const [first, second, third] = [sealed('s', '01'), sealed('s', '02'), sealed('s', '03')];
    before.seal([first, second, third]);
    await before.conclude([second], 'acknowledged', { topic: 't' });
    const sink = new TestSink();
    const after = open(killed(folder));
    after.add('kafka', sink);
    await after.close();
    expectChained(sink.lines);
    expect(
      sink.events
        .filter(({ kind }) => kind === 'message.sent')
        .map(({ message_hash: hash, outcome }) => [(hash as string).slice(0, 2), outcome]),
    ).toEqual([
      ['02', 'acknowledged'],
      ['01', 'unknown'],
      ['03', 'unknown'],
    ]);
    expect(sink.events.filter(({ message_type: type }) => type === 'a')).toHaveLength(1);
    await before.close();
  });

  test('keeps plaintext before it is sent too: one event of each, with its outcome or unknown after a kill (A-5, A-16)', async () => {
    const folder = newFolder();
    const before = open(folder);
    const batch = [inClear('one'), sealed('two'), inClear('three')] as const;
    before.seal(batch);
    const onItsWay = killed(folder);
    await before.conclude(batch, 'acknowledged', { topic: 't' });
    await before.conclude(batch, 'failed', {});
    const told = async (of: string) => {
      const sink = new TestSink();
      const after = open(of);
      after.add('kafka', sink);
      await after.close();
      expectChained(sink.lines);
      return sink.events.filter(({ kind }) => kind === 'message.sent');
    };
    const plain = {
      ...{ encryption_status: 'plaintext', mode: 'observe', would_refuse: 'ERR_POLICY_SENDER', bytes: 7 },
      ...{ record_hash: 'ee'.repeat(32), message_hash: null },
    };
    expect(await told(onItsWay)).toMatchObject([
      { message_type: 'one', outcome: 'unknown', after: 'restart', ...plain },
      { message_type: 'two', outcome: 'unknown', encryption_status: 'sealed' },
      { message_type: 'three', outcome: 'unknown', after: 'restart', ...plain },
    ]);
    const concluded = await told(killed(folder));
    expect(concluded).toMatchObject([
      { message_type: 'one', outcome: 'acknowledged', topic: 't', ...plain },
      { message_type: 'two', outcome: 'acknowledged', topic: 't' },
      { message_type: 'three', outcome: 'acknowledged', topic: 't', ...plain },
    ]);
    expect(concluded[0]).not.toHaveProperty('after');
    await before.close();
  });

  test('shows its observers each message once, when its outcome is known, however often it is concluded', async () => {
    const shown: string[] = [];
    const trail = open(newFolder(), {
      observers: [
        {
          observe: (events) => {
            for (const { kind, messageType, outcome } of events)
              if (kind === 'message.sent') shown.push(`${messageType} ${outcome}`);
          },
        },
      ],
    });
    const [one, two] = [inClear('one'), sealed('two')];
    trail.seal([one, two]);
    expect(shown).toEqual([]);
    await trail.conclude([one], 'acknowledged', {});
    await trail.conclude([one, two], 'failed', {});
    expect(shown).toEqual(['one acknowledged', 'two failed']);
    await trail.close();
  });

  test('shows its observers, once, what the spool lost of messages on their way, as it is published (A-10)', async () => {
    const folder = newFolder();
    const sink = new TestSink();
    const shown: AuditEvent[] = [];
    const trail = open(folder, { observers: [{ observe: (events) => shown.push(...events) }] });
    const sent = [sealed('lost-one'), sealed('lost-two')];
    trail.seal(sent);
    await trail.conclude(sent, 'acknowledged', {});
    damageSpool(join(folder, '0'), 'lost-one');
    sink.refusesAfter = 0;
    trail.add('kafka', sink);
    await new Promise((resolve) => setTimeout(resolve, 20));
    sink.refusesAfter = Infinity;
    await until(() => trail.state.spooledEvents === 0);
    await trail.close();
    const gap = { kind: 'audit.gap', facts: { reason: 'spool_damaged', events: 2 } };
    expect(shown.filter(({ kind }) => kind === 'audit.gap')).toMatchObject([gap]);
    expect(sink.events.filter(({ kind }) => kind === 'audit.gap')).toMatchObject([gap.facts]);
  });

  test('publishes the same bytes again after a kill between publishing and noting it (A-8, A-17)', async () => {
    const folder = newFolder();
    const sink = new TestSink();
    const copies: string[] = [];
    const trail = open(folder);
    trail.add('kafka', {
      write: async (batch) => {
        await sink.write(batch);
        copies.push(killed(folder));
      },
    });
    await trail.record([event('a'), event('b')]);
    await until(() => trail.state.spooledEvents === 0);
    await trail.record([event('c')]);
    await until(() => trail.state.spooledEvents === 0);
    await trail.close();
    expect(copies.length).toBeGreaterThan(2);
    for (const [i, copy] of copies.entries()) {
      const again = new TestSink();
      const later = open(copy);
      later.add('kafka', again);
      await later.close();
      const { sequence } = again.events[0]!;
      // What had been written then is written again as it was, and the chain goes on behind it.
      const known = sink.lines.slice(sequence);
      const repeated = again.lines.findIndex((line, at) => known[at]?.equals(line) !== true);
      expect(repeated).toBeGreaterThanOrEqual(1);
      expectChained([...sink.lines.slice(0, sequence), ...again.lines]);
      expect(i).toBeLessThan(copies.length);
    }
  });

  test('makes no entry twice of what is concluded twice, and one event of each message', async () => {
    const sink = new TestSink();
    const trail = open(newFolder());
    trail.add('kafka', sink);
    const batch = Array.from({ length: 2_500 }, (_, i) => sealed(`${i}`));
    trail.seal(batch);
    await trail.conclude(batch, 'acknowledged', { topic: 't' });
    await trail.conclude(batch, 'failed', {});
    await trail.close();
    const types = sink.events
      .filter(({ kind }) => kind === 'message.sent')
      .map(({ message_type: type }) => type);
    expect(types).toEqual(Array.from({ length: 2_500 }, (_, i) => `${i}`));
    expectChained(sink.lines);
  });

  test('takes nothing more when the spool is full, takes outcomes still, and goes on when it drains (A-18)', async () => {
    const sink = new TestSink();
    sink.refuses = true;
    const trail = open(newFolder(), { maxBytes: 3 * 1024 * 1024 });
    trail.add('kafka', sink);
    const onItsWay = sealed('on its way');
    trail.seal([onItsWay]);
    let recorded = 0;
    const fill = async (count: number): Promise<never> => {
      for (;;) {
        await trail.record(Array.from({ length: count }, (_, i) => event(`${recorded}.${i}`)));
        recorded += count;
      }
    };
    await expect(fill(1_000)).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    await expect(fill(1)).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    expect(() => trail.assertRoom(1)).toThrow(/full/);
    expect(() => trail.seal([sealed('more')])).toThrow(/full/);
    sink.refuses = false;
    await until(() => trail.state.spooledEvents === 0);
    await until(() => hasRoom(trail));
    await trail.conclude([onItsWay], 'acknowledged', {});
    await trail.close();
    expectChained(sink.lines);
    expect(sink.events.filter(({ kind }) => kind === 'message.received')).toHaveLength(recorded);
  });

  test('drops only where the policy says so, and tells how many in a gap (A-10, A-18)', async () => {
    const sink = new TestSink();
    sink.refuses = true;
    const trail = open(newFolder(), { maxBytes: 3 * 1024 * 1024, dropUntilMs: Date.now() + 60_000 });
    trail.add('kafka', sink);
    for (let i = 0; i < 10; i++)
      await trail.record(
        Array.from({ length: 1_000 }, () => event(`${i}`, { code: null, recordHash: `${Math.random()}` })),
      );
    const { droppedEvents } = trail.state;
    expect(droppedEvents).toBeGreaterThan(0);
    sink.refuses = false;
    await until(() => trail.state.spooledEvents === 0);
    await trail.record([event('after')]);
    await trail.close();
    expect(sink.events.find(({ kind }) => kind === 'audit.gap')).toMatchObject({
      events: droppedEvents,
      reason: 'spool_full',
    });
    expectChained(sink.lines);
  });

  test('is not safe under block before the sinks have it, and writes nothing twice when it is asked again', async () => {
    const sink = new TestSink();
    sink.refuses = true;
    const trail = open(newFolder(), { failurePolicy: 'block' });
    trail.add('kafka', sink);
    await expect(trail.record([event('a')])).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    await expect(trail.record([])).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    sink.refuses = false;
    await trail.record([]).catch(() => trail.record([]));
    expect(sink.events.filter(({ message_type: type }) => type === 'a')).toHaveLength(1);
    await trail.close();
  });

  test('publishes to several sinks the same, and waits for one that is not there yet', async () => {
    const [first, second] = [new TestSink(), new TestSink()];
    const trail = open(newFolder(), { sinks: ['kafka', 'file'] });
    trail.add('kafka', first);
    await trail.record([event('a')]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(first.lines).toEqual([]);
    trail.add('file', second);
    await trail.close();
    expect(second.lines).toEqual(first.lines);
    expectChained(first.lines);
  });

  test('has a folder of its own where another process has the first, and publishes what ended ones left', async () => {
    const folder = newFolder();
    const [one, two] = [open(folder), open(folder)];
    expect(readdirSync(folder).sort()).toEqual(['0', '1']);
    await two.record([event('left')]);
    await two.close();
    const sink = new TestSink();
    const adopted = [...abandonedTrails(options(folder))];
    expect(adopted).toHaveLength(1);
    adopted[0]!.add('kafka', sink);
    await adopted[0]!.close();
    expectChained(sink.lines);
    expect(sink.events.map(({ message_type: type }) => type)).toContain('left');
    await one.close();
    expect([...abandonedTrails(options(folder))].length).toBeLessThanOrEqual(1);
  });

  test('opens although its spool is full, and drains it: otherwise it would be full for ever (A-18)', async () => {
    const folder = newFolder();
    const away = new TestSink();
    away.refuses = true;
    const full = open(folder, { maxBytes: 1024 * 1024 });
    full.add('kafka', away);
    const onItsWay = sealed('on its way');
    full.seal([onItsWay]);
    const fill = async (): Promise<never> => {
      for (;;) await full.record([event('x', { recordHash: 'r'.repeat(1_000) })]);
    };
    await expect(fill()).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    // An outcome is never refused for want of room.
    await full.conclude([onItsWay], 'acknowledged', {});
    const sink = new TestSink();
    const again = open(killed(folder), { maxBytes: 1024 * 1024 });
    again.add('kafka', sink);
    await until(() => again.state.spooledEvents === 0);
    await until(() => hasRoom(again));
    await again.close();
    expectChained(sink.lines);
    expect(kinds(sink)).toContain('message.sent acknowledged');
    await full.close();
  });

  test('keeps what is sealed until its outcome is published, not only until there is one (A-16, A-18)', async () => {
    const folder = newFolder();
    const sink = new TestSink();
    // Files of 128 KiB: the sealed message lies in an older one than its outcome.
    const trail = open(folder, { maxBytes: 1024 * 1024 });
    trail.add('kafka', sink);
    const onItsWay = sealed('on its way');
    trail.seal([onItsWay]);
    for (let i = 0; i < 200; i++) await trail.record([event(`${i}`, { recordHash: 'r'.repeat(1_000) })]);
    await until(() => trail.state.spooledEvents === 0);
    sink.refuses = true;
    for (let i = 200; i < 1_600; i++)
      try {
        await trail.record([event(`${i}`, { recordHash: 'r'.repeat(1_000) })]);
      } catch {
        break;
      }
    await trail.conclude([onItsWay], 'acknowledged', {});
    // Published up to somewhere before the outcome, and then killed.
    const most = sink.lines.length + 300;
    sink.refusesAfter = most;
    sink.refuses = false;
    await until(() => sink.lines.length >= most);
    const again = open(killed(folder), { maxBytes: 1024 * 1024 });
    const rest = new TestSink();
    again.add('kafka', rest);
    await again.close();
    await trail.close();
    expect(kinds(rest)).toContain('message.sent acknowledged');
    expect(kinds(rest)).not.toContain('audit.gap unknown');
  });

  test('writes all of many events or none, so that asking again writes none twice', async () => {
    const sink = new TestSink();
    sink.refuses = true;
    const trail = open(newFolder(), { maxBytes: 1024 * 1024 });
    trail.add('kafka', sink);
    const many = Array.from({ length: 2_500 }, (_, i) => event(`${i}`, { recordHash: `${i}`.repeat(100) }));
    expect(() => trail.record(many)).toThrow(/full/);
    expect(trail.state.spooledEvents).toBe(1);
    sink.refuses = false;
    await trail.close();
    expectChained(sink.lines);
  });

  test('names what was seen, in a checkpoint that stays whole, and tells of it once it is published (A-15, A-19)', async () => {
    const sink = new TestSink();
    const seen = Array.from({ length: 16 }, (_, i) => ({
      chain: i.toString(16).padStart(32, '0'),
      sequence: 2 ** 53 - 1 - i,
      leafHash: 'ef'.repeat(32),
    }));
    const asked: string[] = [];
    const told: unknown[] = [];
    const agent = '+'.repeat(255);
    const { checkpoints } = options('');
    const trail = open(newFolder(), {
      writer: { agent, pid: 1, host: 'h', version: '0' },
      checkpoints: {
        ...checkpoints,
        seen: (chain) => (asked.push(chain), seen),
        published: (checkpoint) => {
          expect(sink.events.at(-1)!.kind).toBe('audit.checkpoint');
          told.push(checkpoint);
        },
      },
    });
    trail.add('kafka', sink);
    await trail.record([event('a')]);
    await firstCheckpoint(sink);
    await trail.close();
    const chain = expectChained(sink.lines);
    const line = sink.lines.at(-1)!;
    expect(line.length).toBeLessThanOrEqual(8_000);
    expect(parseNote(sink.events.at(-1)!['checkpoint'] as string)).toMatchObject({ agent, seen });
    expect(asked).toEqual([chain, chain]);
    const leafHash = createHash('sha256').update('\0').update(line).digest('hex');
    expect(told).toHaveLength(2);
    expect(told[1]).toEqual({ chain, sequence: sink.lines.length - 1, leafHash });
  });

  test('goes on without checkpoints while nothing can be signed, and makes them afterwards', async () => {
    const sink = new TestSink();
    let away = true;
    const signer = {
      current: () => {
        if (away) throw new Error('the token is away');
        return checkpointKey;
      },
    };
    const clock = { nowMs: () => Date.now() };
    const trail = open(newFolder(), {
      checkpoints: { everyMs: 1, events: 1, signer, clock, seen: () => [] },
    });
    trail.add('kafka', sink);
    for (let i = 0; i < 5; i++) await trail.record([event(`${i}`)]);
    await until(() => trail.state.spooledEvents === 0);
    expect(kinds(sink)).not.toContain('audit.checkpoint acknowledged');
    away = false;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await trail.record([event('5')]);
    await until(() => kinds(sink).includes('audit.checkpoint acknowledged'));
    await trail.close();
    expectChained(sink.lines);
  });

  test('goes on where it was after a batch that it could not read', async () => {
    const folder = newFolder();
    const sink = new TestSink();
    const trail = open(folder);
    trail.add('kafka', sink);
    await until(() => trail.state.spooledEvents === 0);
    const read = SpoolCursor.prototype.read;
    let failures = 2;
    SpoolCursor.prototype.read = function (this: SpoolCursor, end: number) {
      const frames = read.call(this, end);
      if (frames.length === 0 || failures-- <= 0) return frames;
      // Two frames are taken before the third cannot be read.
      return [...frames.slice(0, 1), { number: frames[0]!.number + 1, payload: Buffer.of(9, 0, 0, 0, 0) }];
    };
    try {
      await trail.record([event('a')]);
      await trail.record([event('b')]);
      await trail.record([event('c')]);
      await until(() => trail.state.spooledEvents === 0);
    } finally {
      SpoolCursor.prototype.read = read;
    }
    await trail.close();
    expectChained(sink.lines);
    expect(sink.events.flatMap(({ message_type: type }) => type ?? [])).toEqual(['a', 'b', 'c']);
  });

  test('writes nothing twice for an observer that throws', async () => {
    const sink = new TestSink();
    const observer = {
      observe() {
        throw new Error('a metric of another type');
      },
    };
    const trail = open(newFolder(), { observers: [observer] });
    trail.add('kafka', sink);
    await trail.record([event('a')]);
    await trail.close();
    expect(sink.events.filter(({ message_type: type }) => type === 'a')).toHaveLength(1);
  });
});
