// A group that has never committed, and one whose offset kafkajs has thrown away, look the same to the broker.
import { describe, expect, test } from '@jest/globals';
import { GroupCommits } from '../src/group-commits.js';

describe('a group without an offset', () => {
  test('is new where nothing was ever seen', () => {
    const commits = new GroupCommits();
    commits.saw('t', [{ partition: 0, offset: '-1' }]);
    expect(commits.isNew('t', 0, -1)).toBe(true);
  });

  test('is not where an offset was seen before, of the same partition', () => {
    const commits = new GroupCommits();
    commits.saw('t', [{ partition: 0, offset: '0' }]);
    expect([commits.isNew('t', 0, -1), commits.isNew('t', 1, -1), commits.isNew('u', 0, -1)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('is not where kafkajs has committed that it begins at the beginning', () => {
    expect(new GroupCommits().isNew('t', 0, -2)).toBe(false);
  });

  test('is not where nobody could look', () => {
    const commits = new GroupCommits();
    commits.missed('t');
    expect([commits.isNew('t', 0, -1), commits.isNew('u', 0, -1)]).toEqual([false, true]);
  });
});
