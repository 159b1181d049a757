// Patterns that are known to keep engines busy for ever, wherever a schema can have a pattern.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compilePattern } from '../src/pattern.js';
import { avro, jsonSchema, violations } from './made-schemas.js';

/** Each with a text that an engine which goes back does not get through within the age of the universe, or in hours. */
const hostile: readonly (readonly [name: string, pattern: string, text: string])[] = [
  ['nested repeats', '^(a+)+$', `${'a'.repeat(40_000)}!`],
  ['repeated alternatives that overlap', '^(a|a)*$', `${'a'.repeat(40_000)}!`],
  ['repeated alternatives, one twice the other', '^(a|aa)+$', `${'a'.repeat(40_000)}!`],
  ['an optional in a repeat', '^(a?a?)*$', `${'a'.repeat(40_000)}!`],
  ['a class in nested repeats', '^([a-zA-Z0-9]+)*$', `${'a'.repeat(40_000)}!`],
  ['any characters, many times', '^(.*a){12}$', `${'a'.repeat(20_000)}!`],
  ['repeats side by side', '^a*a*a*a*a*b$', `${'a'.repeat(20_000)}!`],
  ['spaces at the end', '\\s+$', `${' '.repeat(40_000)}!`],
  [
    'a mail address',
    '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
    `${'a'.repeat(20_000)}!`,
  ],
  ['a class name of Java', '^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(20_000)],
  ['a version', '^\\d+(\\.\\d+)*(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?\\+$', `1${'.1'.repeat(10_000)}!`],
  [
    'a URL',
    '^(https?://)?([\\da-z.-]+)\\.([a-z.]{2,6})([/\\w .-]*)*/?$',
    `http://a.com/${'a'.repeat(20_000)}!`,
  ],
  ['a tag', '<(.|\\n)+?>', '<'.repeat(20_000)],
  ['counted repeats', '^(a{1,30}){1,30}$', `${'a'.repeat(5_000)}!`],
];

/** Far more than any of these takes; an engine that goes back takes hours at least. */
const patience = 20_000;

describe('a hostile pattern, on a text made for it,', () => {
  it.each(hostile)(
    'ends in an Avro schema: %s',
    (_, pattern, text) => {
      const schema = avro({ type: 'string', pattern });
      expect(violations(schema, JSON.stringify(text))).toHaveLength(1);
    },
    patience,
  );

  it.each(hostile)(
    'ends in a JSON Schema, as a pattern and as the name of a member: %s',
    (_, pattern, text) => {
      const value = jsonSchema({ type: 'string', pattern });
      const member = jsonSchema({
        type: 'object',
        patternProperties: { [pattern]: { type: 'string' } },
        additionalProperties: false,
      });
      expect(violations(value, JSON.stringify(text))).toHaveLength(1);
      expect(violations(member, { [text]: 1 })).toHaveLength(1);
    },
    patience,
  );
});

const atoms = fc.oneof(
  fc.constantFrom('a', 'b', '[a-c]', '[a-z0-9_-]', 'ab', '.', '\\d', '_'),
  fc.constantFrom('(a|aa)', '(a+)+', '(?:ab?)*'),
);
const quantifiers = fc.constantFrom('', '', '', '+', '*', '?', '{2}', '{1,9}', '{3,}', '+?');
const patterns = fc
  .tuple(
    fc.constantFrom('^', ''),
    fc.array(fc.tuple(atoms, quantifiers), { maxLength: 6 }),
    fc.constantFrom('$', ''),
  )
  .map(([start, parts, end]) => start + parts.flat().join('') + end)
  .filter((source) => !/[+*?}]\?*[+*{]/.test(source.replaceAll('+?', '')));

describe('a pattern that was put together at random', () => {
  it('says what RE2 says, and ends on a long text', () => {
    fc.assert(
      fc.property(patterns, fc.stringMatching(/^[abc_ 9]{0,30}$/), (source, text) => {
        const compiled = compilePattern(source);
        if (typeof compiled === 'string') return;
        expect(compiled.test(text)).toBe(RE2JS.compile(source).test(text));
        compiled.test(`${'a'.repeat(3_000)}!`);
      }),
      { numRuns: 300 },
    );
  });
});
