// `audit stats`: who talks to whom, what was refused, and that nobody can make it large or show what is not visible.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { trailEntry } from '../../src/audit/trail-entry.js';
import { TrailStats } from '../../src/audit/trail-stats.js';
import { command, newFolder } from '../made.js';
import { eventLine, refusal, startMs } from './made-events.js';

const file = join(newFolder(), 'events.jsonl');
const received = { kind: 'message.received', outcome: 'delivered' } as const;
const dayLater = startMs + 86_400_000;
const events = [
  eventLine(0, { facts: { topic: 't', bytes: 1000 } }),
  eventLine(1, { facts: { topic: 't', bytes: 24 } }),
  eventLine(2, { outcome: 'unknown' }),
  eventLine(3, received),
  eventLine(4, received),
  eventLine(5, { ...refusal, senderId: 'm\u001b[2Jallory' }),
  eventLine(6, { ...refusal, facts: { topic: 't', rejected_count: 9 } }),
  eventLine(7, { kind: 'message.duplicate', outcome: 'skipped', code: 'ERR_POLICY_DUPLICATE' }),
  eventLine(8, { senderId: 'planner', channel: 'plans', timestampMs: dayLater }),
  eventLine(9, { kind: 'policy.loaded', channel: null, senderId: 'researcher', recipientId: null }),
];
writeFileSync(file, `${[...events, events[9], 'junk'].join('\n')}\n`);

interface Result {
  readonly [name: string]: unknown;
  readonly pairs: { readonly top: Record<string, unknown>[]; readonly others: Record<string, unknown> };
}
const stats = async (...words: string[]): Promise<Result> =>
  JSON.parse((await command('audit', 'stats', file, '--json', ...words)).out) as Result;

describe('audit stats', () => {
  test('counts each message at each end, by pair, channel, code and day', async () => {
    const result = await stats();
    expect(result).toMatchObject({
      ok: true,
      events: 10,
      repeated: 1,
      notEvents: 1,
      firstMs: startMs,
      lastMs: dayLater,
      alerts: { unauthorised_communication: 2 },
      refusals: [{ code: 'ERR_POLICY_SENDER', alert: 'unauthorised_communication', count: 10 }],
      periods: [
        { from: '2026-01-15T00:00:00.000Z', sent: 3, received: 2, refused: 10 },
        { from: '2026-01-16T00:00:00.000Z', sent: 1 },
      ],
    });
    expect(result.pairs.top[0]).toEqual({
      sender: 'orchestrator',
      recipient: 'researcher',
      channel: 'orders',
      sent: 3,
      acknowledged: 2,
      failed: 0,
      unknown: 1,
      received: 2,
      // What claims to be of a pair that there is; mallory is no pair.
      refused: 9,
      duplicates: 1,
      plaintext: 0,
      sentBytes: 1024,
    });
    expect(result.pairs.top.map(({ sender }) => sender)).toEqual(['orchestrator', 'planner', null]);
  });

  test('prints tables, with nothing that is not visible', async () => {
    const { exitCode, out } = await command('audit', 'stats', file);
    expect(exitCode).toBe(0);
    expect(out).toContain('10 events, 2026-01-15T12:00:00.000Z to 2026-01-16T12:00:00.000Z');
    expect(out).toMatch(/^ {2}orchestrator {2}researcher {2}orders {3}\s*3 /m);
    expect(out).toMatch(/^ {2}ERR_POLICY_SENDER {2}unauthorised_communication +10$/m);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });

  test('sums up what is not among the top', async () => {
    const result = await stats('--top', '1');
    expect(result.pairs.top).toHaveLength(1);
    expect(result.pairs.others).toMatchObject({ rows: 2, sent: 1, refused: 1 });
    expect((await command('audit', 'stats', file, '--top', '1')).out).toMatch(/others \(2\)/);
  });

  test('takes a part of the time, and other periods', async () => {
    expect(await stats('--since', '2026-01-16')).toMatchObject({ events: 1 });
    expect(await stats('--until', '2026-01-16')).toMatchObject({ events: 9 });
    expect(await stats('--by', 'minute', '--until', '2026-01-16')).toMatchObject({
      periods: [{ from: '2026-01-15T12:00:00.000Z' }],
    });
    expect(await stats('--sender', 'planner')).toMatchObject({ events: 1 });
  });

  test('refuses what it cannot read', async () => {
    for (const words of [
      ['--by', 'year'],
      ['--top', '0'],
      ['--since', 'monday'],
    ])
      expect(await command('audit', 'stats', file, ...words)).toMatchObject({ exitCode: 2, out: '' });
  });

  test('keeps its memory bounded, whatever names there are, and loses no count', () => {
    const sums = new TrailStats('minute');
    const template = trailEntry(Buffer.from(eventLine(0)))!;
    for (let n = 0; n < 120_000; n++) {
      const [name, timeMs] = [`agent-${n}`, n * 60_000];
      sums.take({ ...template, sender: name, channel: name, chain: name, kind: 'message.sent', timeMs });
      sums.take({ ...template, sender: name, kind: 'message.rejected', unverified: true, chain: `x${name}` });
    }
    const { pairs, channels, periods } = sums.sums();
    expect([pairs.length, channels.length, periods.length]).toEqual([50_001, 10_001, 10_001]);
    for (const rows of [pairs, channels, periods]) {
      expect(rows.reduce((sum, { sent }) => sum + sent, 0)).toBe(120_000);
      expect(rows.reduce((sum, { refused }) => sum + refused, 0)).toBe(120_000);
    }
  });
});
