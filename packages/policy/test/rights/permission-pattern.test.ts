// Names and routing keys as regular expressions, and back.
import { describe, expect, test } from '@jest/globals';
import { matches } from './routing-key.ts';
import {
  alternativesOf,
  fromAlternatives,
  matchesName,
  namesPattern,
  noNames,
  routingKeysPattern,
  surelyMatchesName,
} from '../../src/rights/permission-pattern.js';

describe('a list of names', () => {
  const odd = ['a.b', 'a|b', '(x)', '[y]', '^z$', 'c*', 'd+', 'e?', 'f{1}', 'g\\', 'h/i', 'j-k', ' l ', ''];

  test.each(odd)('matches %j alone, whatever it is made of', (name) => {
    const expression = namesPattern([name, 'other']);
    expect([name, 'other'].every((one) => matchesName(expression, one))).toBe(true);
    for (const wrong of [`${name}x`, `x${name}`, `${name}\n`, `${name}\nother`, 'axb', 'another'])
      expect(matchesName(expression, wrong)).toBe(false);
  });

  test('ends at the end: in Erlang’s expressions a dollar would let a line feed follow', () => {
    expect(namesPattern(['b', 'a', 'b'])).toBe('^(?:a|b)\\z');
    expect(namesPattern([])).toBe(noNames);
  });

  test('is taken apart again, and put together to the same', () => {
    const expression = namesPattern(odd.slice(0, -1));
    const parts = alternativesOf(expression)!;
    expect(parts.size).toBe(odd.length - 1);
    expect(fromAlternatives(parts)).toBe(expression);
    expect(alternativesOf('')).toEqual(new Set());
    for (const foreign of [
      '^(?:(?:b|c)|d)\\z',
      '^(?:[a|b])\\z',
      '^(?:[]a|b])\\z',
      '.*',
      '^a$',
      '^(a|b)\\z',
      '^(?:b|a)\\z',
      '^(?:a|(?:b|c))\\z',
      '^(?:)\\z',
    ])
      expect(alternativesOf(foreign)).toBeNull();
  });

  test('that cannot be judged is taken to match', () => {
    expect(matchesName('(?<', 'a')).toBe(true);
    expect(matchesName('', 'a')).toBe(false);
    expect(matchesName('a', 'bar')).toBe(true);
  });
});

describe('an expression that PCRE reads otherwise than JavaScript', () => {
  test.each([
    '\\Atasks',
    '^\\Qtasks\\E$',
    '\\htasks',
    'tasks\\Z',
    '(t)asks\\1',
    '\\x74asks',
    '^[[:alpha:]]+$',
    '^[a[:digit:]]+$',
    '[]a]',
    '[^]a]',
    '(?i)TASKS',
    '(?=tasks)',
    '(*ACCEPT)a',
    'a{,3}',
    'a++',
    'a[\\z]',
    'tasks\\',
  ])('%s is taken to reach, and not to suffice', (expression) => {
    for (const name of ['tasks', 'other', 'Q'])
      expect([matchesName(expression, name), surelyMatchesName(expression, name)]).toEqual([true, false]);
  });

  test.each([
    ['^(?:tasks|\\d+)\\z', true],
    ['\\btask\\w', true],
    ['[^.]{2,}s$', true],
    ['t[a\\-z]{1}', true],
    ['^t.*s$', true],
    ['^t\\.asks', false],
    ['^\\\\A', false],
    ['^tasks\\\\z', false],
    ['\\s', false],
  ])('%s, which both read alike, is judged', (expression, matched) => {
    expect([matchesName(expression, 'tasks'), surelyMatchesName(expression, 'tasks')]).toEqual([
      matched,
      matched,
    ]);
  });
});

test('routing keys match as the topic exchange’s patterns do', () => {
  const words = [
    '',
    'a',
    'b',
    'a.b',
    'a.c.b',
    'a.x.y.b',
    'a.',
    '.a',
    'a..b',
    'ab',
    'b.a',
    'x.a',
    'x.y.a',
    'a-b',
    'a.b.c',
  ];
  const patterns = [
    '#',
    '*',
    'a',
    'a.*',
    'a.#',
    '#.a',
    'a.#.b',
    '#.b.#',
    '*.#',
    '#.*',
    'a.*.b',
    '#.#',
    'a.#.#',
    '*.*',
    '#.a.*',
    'a-b',
  ];
  for (const pattern of patterns)
    for (const key of words)
      expect([pattern, key, matchesName(routingKeysPattern([pattern]), key)]).toEqual([
        pattern,
        key,
        matches(pattern, key),
      ]);
  expect(matchesName(routingKeysPattern(['a', 'b.#']), 'b.c')).toBe(true);
});
