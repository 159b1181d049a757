// What the groups and queues are called that Sealwire itself reads in.
import { expect, test } from '@jest/globals';
import { noticeQueues, readerGroup } from '../src/index.js';

const long = 'a'.repeat(204);
const names = [
  'a',
  'ab',
  'sha256=x',
  long,
  `${long}a`,
  `${long}aa`,
  'a'.repeat(255),
  '%'.repeat(69),
  '%'.repeat(255),
];

test('no agent’s queues or groups begin as another’s do', () => {
  for (const beginningOf of [noticeQueues, (agent: string) => readerGroup('notices', agent)]) {
    const beginnings = names.map(beginningOf);
    for (const one of beginnings) expect(beginnings.filter((other) => other.startsWith(one))).toEqual([one]);
  }
});

test('queues of notices have room for what is random behind their beginning, whatever the agent is called', () => {
  expect(noticeQueues('spiffe://realm/a')).toBe('sealwire-notices-spiffe%3A%2F%2Frealm%2Fa:');
  expect(
    names.map((name) => Buffer.byteLength(noticeQueues(name)) + 32).filter((bytes) => bytes > 255),
  ).toEqual([]);
  // As long as there is room it is the name.
  expect(noticeQueues(`${long}a`)).toBe(`sealwire-notices-${long}a:`);
  expect(noticeQueues(`${long}aa`)).toMatch(/^sealwire-notices-sha256=[0-9a-f]{64}:$/);
});
