// Whom a list of senders means, and for how long an answer is kept.
import { expect, test } from '@jest/globals';
import { openSenders } from '../src/open-senders.js';

function changing(groups: Record<string, string[]>) {
  let asked = 0;
  const directory = {
    version: 1,
    isMember(agent: string, group: string) {
      asked++;
      return groups[group]?.includes(agent) ?? false;
    },
  };
  return { directory, asked: () => asked };
}

test('agents by name, by pattern and by group are meant, and nobody else', () => {
  const { directory } = changing({ team: ['bob'] });
  const means = openSenders(directory);
  const list = ['alice', 'team', 'worker-*'];
  const agents = ['alice', 'bob', 'worker-9', 'team', 'carol', 'worker/9', 'worker-*'];
  expect(agents.filter((agent) => means(list, agent))).toEqual([
    'alice',
    'bob',
    'worker-9',
    'team',
    'worker-*',
  ]);
});

test('a pattern is no group, whatever the directory says', () => {
  const { directory } = changing({ 'x-*': ['mallory'] });
  expect(openSenders(directory)(['x-*'], 'mallory')).toBe(false);
});

test('an answer is kept until the directory changes', () => {
  const groups = { team: ['bob'] };
  const { directory, asked } = changing(groups);
  const means = openSenders(directory);
  const list = ['team', ...Array.from({ length: 20 }, (_, i) => `other-${i}`)];
  expect([means(list, 'bob'), means(list, 'bob')]).toEqual([true, true]);
  expect(asked()).toBe(1);
  groups.team = [];
  directory.version++;
  expect(means(list, 'bob')).toBe(false);
});

test('what is kept is bounded, and stays right beyond the bound', () => {
  const { directory } = changing({});
  const means = openSenders(directory);
  const list = ['agent-*', ...Array.from({ length: 20 }, (_, i) => `other-${100 + i}`)];
  for (let i = 0; i < 250_000; i++)
    if (!means(list, `agent-${i}`) || means(list, `other-${i % 7}`)) throw new Error();
  expect([means(list, 'agent-1'), means(list, 'other-1')]).toEqual([true, false]);
});
