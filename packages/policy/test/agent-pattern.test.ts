// What a pattern of agents’ names matches, against its regular expression.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { agentPattern, isPattern } from '../src/agent-pattern.js';

test.each([
  ['planner-*', 'planner-1', true],
  ['planner-*', 'planner-', true],
  ['planner-*', 'Planner-1', false],
  ['planner-*', 'a-planner-1', false],
  ['*', 'anyone', true],
  ['*', 'spiffe://example.org/anyone', false],
  ['spiffe://example.org/worker/*', 'spiffe://example.org/worker/7', true],
  ['spiffe://example.org/worker/*', 'spiffe://example.org/worker', false],
  ['spiffe://example.org/worker/*', 'spiffe://example.org/worker/7/admin', false],
  ['spiffe://*/worker/*', 'spiffe://example.org/worker/7', true],
  ['a*b*a', 'aba', true],
  ['a*a', 'a', false],
  ['a*b*b', 'ab', false],
  ['worker.*', 'workerx1', false],
])('%j and the agent %j: %p', (pattern, name, expected) => {
  expect(agentPattern(pattern)(name)).toBe(expected);
});

test('what has a star is a pattern', () => {
  expect([isPattern('a*'), isPattern('a')]).toEqual([true, false]);
});

test('a name matches as the regular expression of the pattern says', () => {
  const text = (letters: readonly string[]) =>
    fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 8 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text(['a', 'b', '/', '*']), text(['a', 'b', '/']), (pattern, name) => {
      const oracle = new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`);
      expect(agentPattern(pattern)(name)).toBe(oracle.test(name));
    }),
    { numRuns: 5000 },
  );
});
