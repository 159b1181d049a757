// Patterns and formats: what is refused, and that no text makes them go back.
import { describe, expect, it } from '@jest/globals';
import { formats } from '../src/formats.js';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compilePattern, type Pattern } from '../src/pattern.js';

describe('a pattern', () => {
  it.each(['(a+)+$', '^(a|aa)*$', '(.*)*x', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
    'such as %s is linear',
    (source) => {
      const pattern = compilePattern(source);
      if (typeof pattern === 'string') throw new Error(pattern);
      // With an engine that goes back this test would not end.
      expect(pattern.test(`${'a'.repeat(100_000)}!`)).toBe(false);
    },
  );

  it.each(['(?=a)', '(?<!a)b', '(a)\\1', '\\u0041', '[', 'a{5000}'])('such as %s is refused', (source) => {
    expect(compilePattern(source)).toMatch(/RE2/);
  });

  it.each(['^[a-z_]{1,64}$', '^call_[A-Za-z0-9-]{8}x[0-9]*y$', '^[0-9-]+$', '^ab$', '^[a-c]{2,}ca$'])(
    'such as %s, which is plain, says what RE2 says',
    (source) => {
      const re2 = RE2JS.compile(source);
      const { test } = compilePattern(source) as Pattern;
      const letters = fc.constantFrom(...'abcxy_-0 9Z\n😀'.split(''), 'call_', '\ud800');
      const texts = fc.oneof(
        fc.array(letters, { maxLength: 80 }).map((parts) => parts.join('')),
        fc.stringMatching(new RegExp(source)),
      );
      fc.assert(fc.property(texts, (text) => test(text) === re2.test(text)));
      expect(test(`${'a'.repeat(100_000)}!`)).toBe(false);
    },
  );

  it('is not anchored, and takes characters whole', () => {
    const tests = (source: string, text: string) =>
      (compilePattern(source) as { test(t: string): boolean }).test(text);
    expect([tests('b', 'abc'), tests('^.$', '😀'), tests('a$', 'a\n')]).toEqual([true, true, false]);
  });
});

describe('a format', () => {
  it.each([
    ['date', '2026-02-28', '2026-02-30'],
    ['time', '10:00:00Z', '25:00:00Z'],
    ['date-time', '2026-02-28T10:00:00Z', '2026-02-28'],
    ['duration', 'P1DT2H', 'P'],
    ['email', 'a@example.com', 'a@'],
    ['hostname', 'example.com', '-a'],
    ['ipv4', '127.0.0.1', '256.0.0.1'],
    ['ipv6', '::1', '::g'],
    ['uuid', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'f81d4fae'],
    ['uri', 'https://example.com/a?b#c', 'no uri'],
    ['uri-reference', '../a', '\\'],
    ['uri-template', '/a/{b}', '{'],
    ['json-pointer', '/a/b', 'a'],
    ['relative-json-pointer', '1/a', '-1'],
  ])('%s takes %s and not %s', (name, good, bad) => {
    expect([formats.get(name)!(good), formats.get(name)!(bad)]).toEqual([true, false]);
  });

  it('looks at no long text', () => {
    for (const [name, test] of formats) expect([name, test('a'.repeat(1_000_000))]).toEqual([name, false]);
  });
});
