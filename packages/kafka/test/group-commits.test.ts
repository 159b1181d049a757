// A group that has never committed, and one whose offset kafkajs has thrown away.
import { describe, expect, test } from '@jest/globals';
import { GroupCommits } from '../src/group-commits.js';

describe('a group without an offset', () => {
  test('is new where nothing was ever seen', () => {
    const commits = new GroupCommits();
    commits.saw('t', []);
    expect(commits.isNew('t', 0, null)).toBe(true);
  });

  test('is not where an offset was seen before, of the same partition', () => {
    const commits = new GroupCommits();
    commits.saw('t', [{ partition: 0 }]);
    expect([commits.isNew('t', 0, null), commits.isNew('t', 1, null), commits.isNew('u', 0, null)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test.each(['-2', '-1'])('is not where kafkajs has committed %s in its place', (offset) => {
    expect(new GroupCommits().isNew('t', 0, { partition: 0, offset, metadata: null })).toBe(false);
  });

  test('is not where nobody could look', () => {
    const commits = new GroupCommits();
    commits.missed('t');
    expect([commits.isNew('t', 0, null), commits.isNew('u', 0, null)]).toEqual([false, true]);
  });
});
