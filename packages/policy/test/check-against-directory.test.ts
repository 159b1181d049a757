// A policy must speak of names that there are.
import { expect, test } from '@jest/globals';
import { checkAgainstDirectory, loadPolicy, readPolicy } from '../src/index.js';
import { directory, least, policyFile, problems, thrown } from './made.js';

const check = (agents: string[], groups: Record<string, string[]>, agent = 'alice') =>
  checkAgainstDirectory(loadPolicy(policyFile(least), { agent }), directory(agents, groups));

test('names that the directory has are fine', () => {
  expect(() => check(['alice'], { team: [] })).not.toThrow();
});

test('every name that it does not have is told with its place, and another realm too', () => {
  const text = least.replace('[alice]', '[alice, alcie]').replace('[team]', '[taem]').replace('0011', 'ffff');
  const names = directory(['alice'], { team: [] });
  expect(problems((file) => checkAgainstDirectory(readPolicy(file), names), text)).toEqual([
    expect.stringMatching(/^2:8: realm is not the directory's, which is 0011/),
    expect.stringMatching(/^9:29: channels\.news\.messages\[0\]\.from names "alcie"/),
    expect.stringMatching(/^9:49: channels\.news\.messages\[0\]\.to names "taem"/),
  ]);
});

test('the own agent must be there', () => {
  expect(thrown(() => check(['alice'], { team: [] }, 'mallory')).code).toBe('ERR_USAGE_AGENT');
});

test('a pattern is not looked for in the directory: it may wait for its agents', () => {
  const text = least.replace('from: [alice]', "from: [alice, 'planner-*']");
  expect(() =>
    checkAgainstDirectory(
      loadPolicy(policyFile(text), { agent: 'alice' }),
      directory(['alice'], { team: ['alice'] }),
    ),
  ).not.toThrow();
});
