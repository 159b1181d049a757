// Journals become a history: a killed process leaves no end of its own, and it has one all the same.
import { expect, test } from '@jest/globals';
import type { Life } from './child.ts';
import { collect } from './collect.ts';
import type { Line } from './messages.ts';

const life = (name: string, endedAtMs: number): Life => ({ name, startedAtMs: 0, endedAtMs, end: 'kill' });
const seen = (at: number, id: string): Line => ({ at, t: 'handle', session: 'c.0/1', id, place: 'w/0/1' });

test('a session ends with what ends first: itself, its process by its own word, or the kill', () => {
  const session: Line = { at: 1, t: 'session', session: 'c.0/1' };
  const endOf = (lines: readonly Line[], killedAtMs: number): number =>
    collect(new Map([['c.0', [session, ...lines]]]), [life('c.0', killedAtMs)]).sessions[0]!.endedAtMs;

  expect(endOf([], 90)).toBe(90);
  expect(endOf([], Infinity)).toBe(Infinity);
  expect(endOf([{ at: 50, t: 'crash', point: 'kafka.handled' }], 90)).toBe(50);
  const ended: Line = { at: 30, t: 'ended', session: 'c.0/1', why: 'rebalancing' };
  expect(endOf([ended], 90)).toBe(30);
  // Told again when the process ends: it was over before.
  expect(endOf([ended, { ...ended, at: 40 }], 90)).toBe(30);
});

test('a handling is done when its handler said so, and not by the word of an earlier one', () => {
  const done: Line = { at: 12, t: 'done', session: 'c.0/1', id: 'a', place: 'w/0/1' };
  const { handlings } = collect(new Map([['c.0', [seen(10, 'a'), done, seen(20, 'a'), seen(21, 'b')]]]), []);
  expect(handlings.map(({ id, atMs, doneAtMs }) => [id, atMs, doneAtMs])).toEqual([
    ['a', 10, 12],
    ['a', 20, null],
    ['b', 21, null],
  ]);
});

test('what was sent, acknowledged, failed and committed is collected from all processes', () => {
  const journals = new Map<string, readonly Line[]>([
    [
      'p.0',
      [
        { at: 1, t: 'attempt', ids: ['a', 'b'] },
        { at: 2, t: 'acknowledged', ids: ['a'] },
        { at: 3, t: 'failed', ids: ['b'], why: 'gone' },
      ],
    ],
    ['p.1', [{ at: 1, t: 'attempt', ids: ['c'] }]],
    ['c.0', [{ at: 4, t: 'commit', session: 'c.0/1', offsets: [['w', 0, 7]] }]],
  ]);
  expect(collect(journals, [])).toMatchObject({
    attempted: new Set(['a', 'b', 'c']),
    acknowledged: new Set(['a']),
    failedSends: 1,
    commits: [{ session: 'c.0/1', topic: 'w', partition: 0, offset: 7, atMs: 4 }],
  });
});
