// Routing key patterns, against a brute-force oracle.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BindingTree } from '../src/binding-tree.js';

const treeOf = (...patterns: readonly string[]): BindingTree<string> => {
  const tree = new BindingTree<string>();
  for (const pattern of patterns) tree.add(pattern, pattern);
  return tree;
};
const matches = (pattern: string, key: string): boolean => treeOf(pattern).matching(key).length > 0;
const overlaps = (a: string, b: string): boolean => treeOf(a).overlapping(b).length > 0;

test.each([
  ['agent-messages', 'agent-messages', true],
  ['agent-messages', 'agent-message', false],
  ['*', 'a', true],
  ['*', 'a.b', false],
  ['*', '', true],
  ['#', '', true],
  ['#', 'a.b.c', true],
  ['a.#', 'a', true],
  ['a.#', 'a.b.c', true],
  ['a.#', 'b', false],
  ['#.c', 'c', true],
  ['#.c', 'a.b.c', true],
  ['a.*.c', 'a.b.c', true],
  ['a.*.c', 'a.c', false],
  ['a.#.c', 'a.c', true],
  ['a.#.c', 'a.b.b.c', true],
  ['#.#', 'a', true],
  ['a.#.#.b', 'a.b', true],
  ['a*', 'ab', false],
  ['', '', true],
  ['', 'a', false],
])('%j and the key %j: %p', (pattern, key, expected) => {
  expect(matches(pattern, key)).toBe(expected);
});

test('in a routing key * and # are only themselves', () => {
  expect(matches('a', '*')).toBe(false);
  expect(matches('a.b', '#')).toBe(false);
  expect(matches('*', '#')).toBe(true);
});

describe('against brute force', () => {
  const word = fc.constantFrom('a', 'b', '*', '#');
  const pattern = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join('.'));
  const key = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 })
    .map((words) => words.join('.'));
  const asRegExp = (text: string): RegExp =>
    new RegExp(
      `^${text
        .split('.')
        .map((one) => ({ '*': '(\\.[^.]+)', '#': '(\\.[^.]+)*' })[one] ?? `\\.${one}`)
        .join('')}$`,
    );

  test('a key matches as the pattern’s regular expression says', () => {
    fc.assert(
      fc.property(pattern, key, (p, k) => {
        expect(matches(p, k)).toBe(asRegExp(p).test(`.${k}`));
      }),
      { numRuns: 2000 },
    );
  });

  // Three letters stand for all words: two that the patterns may name, and one that they do not.
  const allKeys = (max: number): string[] => {
    let last = [''];
    const all: string[] = [];
    for (let i = 0; i < max; i++) {
      last = last.flatMap((start) => ['a', 'b', 'c'].map((one) => (start === '' ? one : `${start}.${one}`)));
      all.push(...last);
    }
    return all;
  };
  const keys = allKeys(6);
  const short = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('.'));

  test('two patterns overlap exactly where some key matches both', () => {
    fc.assert(
      fc.property(short, short, (p, q) => {
        const [one, two] = [asRegExp(p), asRegExp(q)];
        // Patterns of `#` alone also meet in the key without words.
        const inNoWords = [p, q].every((each) => each.split('.').every((w) => w === '#'));
        expect(overlaps(p, q)).toBe(inNoWords || keys.some((k) => one.test(`.${k}`) && two.test(`.${k}`)));
        expect(overlaps(q, p)).toBe(overlaps(p, q));
      }),
      { numRuns: 300 },
    );
  });

  test('of many patterns those are found that one alone would be', () => {
    fc.assert(
      fc.property(fc.uniqueArray(short, { minLength: 1, maxLength: 6 }), short, key, (all, other, k) => {
        const tree = treeOf(...all);
        const matching = all.filter((one) => matches(one, k));
        const first = tree.first(k);
        expect(first === undefined ? matching : matching.includes(first)).toEqual(
          first === undefined ? [] : true,
        );
        expect(tree.matching(k).sort()).toEqual(all.filter((one) => matches(one, k)).sort());
        expect(tree.overlapping(other).sort()).toEqual(all.filter((one) => overlaps(one, other)).sort());
      }),
      { numRuns: 500 },
    );
  });
});

test('patterns with many # cost no more than they must, and are answered all the same', () => {
  const tree = treeOf(...Array.from({ length: 200 }, (_, i) => `#.a.#.b.#.c.#.d.#.e.#.x${i}`));
  const key = 'a.b.c.d.e.'.repeat(10);
  expect(tree.first(`${key}y`)).toBeUndefined();
  expect(tree.first(`${key}x7`)).toBe('#.a.#.b.#.c.#.d.#.e.#.x7');
});
