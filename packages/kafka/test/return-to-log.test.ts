// Where a group goes on whose offset the log does not have, and what it remembers there.
import { beforeEach, expect, test } from '@jest/globals';
import type { StatedOffset } from '../src/commit-as-member.js';
import { returnToLog, type ReturnParts } from '../src/return-to-log.js';
import { silent } from './doubles.js';

let idle: boolean;
let commits: StatedOffset[][];
beforeEach(() => {
  idle = true;
  commits = [];
});

/** A ledger that takes any metadata but `foreign` for a state, and says where it stands. */
function ledger() {
  let position = 0;
  return {
    allowedTo: 0,
    load(offset: number, metadata: string | null) {
      position = offset;
      return metadata === 'foreign' ? 'foreign' : 'state';
    },
    passed: (offset: number) => void (position = Math.max(position, offset)),
    metadataAt: (offset: number) => `state at ${offset} of ${position}`,
  };
}

const parts = {
  group: 'planners',
  rules: { ledger, allowance: (_place: object, from: number, to: number) => `rebuild ${from} ${to}` },
  cluster: () => Promise.resolve('cluster'),
  logger: silent,
  bounds: () =>
    Promise.resolve(['0', '1', '2'].map((_, partition) => ({ partition, low: '10', high: '20' }))),
  idle: () => Promise.resolve(idle),
  commit: (_topic: string, offsets: readonly StatedOffset[]) => {
    commits.push([...offsets]);
    return Promise.resolve();
  },
} as unknown as ReturnParts;

const at = (partition: number, offset: number, metadata = 'own') => ({
  partition,
  offset: `${offset}`,
  metadata,
});

test('offsets that the log has are left alone, and so are those beyond its end, which a transaction may hold up', async () => {
  await returnToLog(parts, 't', [at(0, 10), at(1, 21), at(2, -1), at(7, 3)], true);
  expect(commits).toEqual([]);
});

test('what lies before the log goes on at its beginning or its end, with its state', async () => {
  for (const fromBeginning of [true, false]) await returnToLog(parts, 't', [at(0, 9)], fromBeginning);
  expect(commits).toEqual([
    [{ partition: 0, offset: '10', metadata: 'state at 10 of 10' }],
    [{ partition: 0, offset: '20', metadata: 'state at 20 of 20' }],
  ]);
});

test('a state that nobody can read is to be rebuilt', async () => {
  await returnToLog(parts, 't', [at(0, 9), at(1, 5, 'foreign')], true);
  expect(commits).toEqual([
    [
      { partition: 0, offset: '10', metadata: 'state at 10 of 10' },
      { partition: 1, offset: '10', metadata: 'rebuild 10 0' },
    ],
  ]);
});

test('nothing is committed for a group that has members', async () => {
  idle = false;
  await returnToLog(parts, 't', [at(0, 9)], true);
  expect(commits).toEqual([]);
});
