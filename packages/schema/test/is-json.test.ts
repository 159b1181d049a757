// The scanner beside JSON.parse: they must never differ.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isJson } from '../src/is-json.js';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function expectAgreement(text: string): void {
  const bytes = Buffer.from(text);
  if (isJson(bytes) !== parses(bytes.toString())) throw new Error(`they differ on ${JSON.stringify(text)}`);
}

/** Pieces of which texts are made that are nearly JSON. */
const tokens = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"a"',
  '"":',
  '\\',
  '\\u',
  '\\ud83d',
  '\\n',
  '\\x',
  'true',
  'tru',
];
const more = [
  'null',
  'false',
  '0',
  '-',
  '-0',
  '01',
  '1.',
  '.5',
  '1e',
  '1E+5',
  '1e-',
  '+1',
  ' ',
  '\t',
  '\n',
  '\r',
];
const odd = [
  '\u00a0',
  '\ufeff',
  '\u2028',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u00e9',
  '\u{1f600}',
  '\v',
  '\f',
  '/',
  "'",
];

describe('the JSON scanner', () => {
  it('agrees with JSON.parse on JSON texts, however they are spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t', '\r\n '), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(isJson(Buffer.from(text))).toBe(parses(text));
        expect(isJson(Buffer.from(` \t\r\n${text}\n`))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with JSON.parse on JSON texts that are cut, doubled or changed at any place', () => {
    const edits = fc.record({
      value: fc.jsonValue(),
      at: fc.nat(),
      drop: fc.integer({ min: 0, max: 2 }),
      put: fc.oneof(
        fc.constantFrom(...tokens, ...more, ...odd, ''),
        fc.string({ unit: 'binary', maxLength: 2 }),
      ),
    });
    fc.assert(
      fc.property(edits, ({ value, at, drop, put }) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        expectAgreement(text.slice(0, place));
        expectAgreement(text.slice(0, place) + put + text.slice(place + drop));
      }),
      { numRuns: 5_000 },
    );
  });

  it('agrees with JSON.parse on any row of tokens', () => {
    const row = fc.array(fc.constantFrom(...tokens, ...more, ...odd), { maxLength: 7 });
    fc.assert(
      fc.property(row, (pieces) => expectAgreement(pieces.join(''))),
      { numRuns: 20_000 },
    );
  });

  it('agrees with JSON.parse on every text of up to four of the characters that matter', () => {
    const characters = Array.from('{}[],:"\\u1-.e0t ');
    const grow = (text: string, left: number): void => {
      expectAgreement(text);
      if (left > 0) for (const character of characters) grow(text + character, left - 1);
    };
    grow('', 4);
  });

  it('takes any depth, and knows an object from an array at each', () => {
    const depth = 200_000;
    expect(isJson(Buffer.from('['.repeat(depth) + ']'.repeat(depth)))).toBe(true);
    expect(isJson(Buffer.from('['.repeat(depth)))).toBe(false);
    expect(isJson(Buffer.from('{"a":'.repeat(depth) + '[}' + '}'.repeat(depth)))).toBe(false);
  });

  it('reads nothing behind the end of a view', () => {
    const whole = Buffer.from('[1]truetrue');
    expect(isJson(whole.subarray(0, 3))).toBe(true);
    expect(isJson(whole.subarray(0, 2))).toBe(false);
    expect(isJson(whole.subarray(3, 6))).toBe(false);
    expect(isJson(whole.subarray(3, 7))).toBe(true);
  });
});
