import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from '@jest/globals';

const query = readFileSync(new URL('../../siem/silent-chains.sql', import.meta.url), 'utf8');

const nowMs = Date.UTC(2026, 0, 2);
const minuteMs = 60_000;

type Row = readonly [chain: string, sequence: number, kind: string, minutesAgo: number];

function found(rows: readonly Row[]): (readonly [unknown, unknown])[] {
  const database = new DatabaseSync(':memory:');
  database.exec(
    'CREATE TABLE events ("unmapped.chain", "unmapped.writer", "unmapped.sequence", "unmapped.kind", "time")',
  );
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?)');
  for (const [chain, sequence, kind, ago] of rows)
    insert.run(chain, 'orchestrator', sequence, kind, nowMs - ago * minuteMs);
  const results = database.prepare(query).all({ now_ms: nowMs });
  database.close();
  return results.map(({ chain, finding }) => [chain, finding] as const);
}

it('the query for silent chains finds a tail that no checkpoint covers, while the chain goes on', () => {
  expect(
    found([
      ['a', 0, 'audit.started', 30],
      ['a', 1, 'audit.checkpoint', 29],
      ['a', 2, 'message.sent', 10],
      ['a', 3, 'message.sent', 0],
      ['b', 0, 'audit.started', 30],
      ['b', 1, 'message.sent', 3],
      ['b', 2, 'audit.checkpoint', 2],
      ['b', 3, 'message.sent', 1],
    ]),
  ).toEqual([['a', 'unfinished tail']]);
});

it('the query for silent chains finds a chain without any checkpoint', () => {
  expect(found([['a', 0, 'audit.started', 6]])).toEqual([['a', 'unfinished tail']]);
});

it('the query for silent chains finds a process that is gone without its last words, and none that ended in order', () => {
  expect(
    found([
      ['a', 4, 'message.sent', 300],
      ['a', 5, 'audit.checkpoint', 299],
      ['b', 4, 'audit.stopped', 300],
      ['b', 5, 'audit.checkpoint', 300],
      ['c', 4, 'message.sent', 300],
      ['c', 5, 'audit.stopped', 299],
    ]),
  ).toEqual([
    ['a', 'silent'],
    ['c', 'silent'],
    ['c', 'unfinished tail'],
  ]);
});

it('the query for silent chains finds nothing where each writes its hourly checkpoint', () => {
  expect(
    found([
      ['a', 4, 'message.sent', 500],
      ['a', 5, 'audit.checkpoint', 499],
      ['a', 6, 'audit.checkpoint', 50],
    ]),
  ).toEqual([]);
});
