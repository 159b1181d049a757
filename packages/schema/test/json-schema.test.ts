// JSON Schema: what it refuses of payloads, and of schemas.
import { describe, expect, it } from '@jest/globals';
import { jsonSchema, problems, violations } from './made-schemas.js';

const secret = 'hunter2';
const schema = jsonSchema({
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', format: 'uuid' },
    a: { type: 'string', pattern: '^a+$' },
    b: { type: 'string', pattern: '^b+$' },
    list: { type: 'array', items: { type: 'integer' }, uniqueItems: true },
  },
  patternProperties: { '^x-': { type: 'integer' } },
});
const id = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';

describe('a JSON payload with a JSON Schema', () => {
  it('passes where it fits: each pattern is its own', () => {
    expect(violations(schema, { id, a: 'aa', b: 'bb', list: [1, 2], 'x-1': 1 })).toEqual([]);
  });

  it('is told all its violations, and nothing of what it says', () => {
    const found = violations(schema, {
      a: 'b',
      b: secret,
      list: [1, 1, secret],
      [`x-${secret}`]: '',
      [secret]: 1,
    });
    expect(found.sort()).toEqual(
      [
        '/*: type integer',
        '/: additionalProperties',
        '/: required id',
        '/a: pattern ^a+$',
        '/b: pattern ^b+$',
        '/list/2: type integer',
        '/list: uniqueItems',
      ].sort(),
    );
    expect(found.join()).not.toContain(secret);
  });

  it('is held to what members ask of others', () => {
    const card = jsonSchema({ type: 'object', dependentRequired: { card: ['address'] } });
    expect(violations(card, { card: 1, address: 2 })).toEqual([]);
    expect(violations(card, { card: 1 })).toEqual(['/: dependentRequired address']);
  });

  it('has no members by inheritance', () => {
    expect(violations(jsonSchema({ type: 'object', required: ['toString'] }), {})).toEqual([
      '/: required toString',
    ]);
  });

  it('is told the first violation where there could be very many', () => {
    const list = jsonSchema({ type: 'array', items: { type: 'string' } });
    expect(
      violations(
        list,
        Array.from({ length: 20_000 }, () => 1),
      ),
    ).toEqual(['/0: type string']);
  });

  it('cannot make alternatives that refer to themselves take for ever', () => {
    const hard = jsonSchema({
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'string' }, next: { anyOf: [{ $ref: '#' }, { $ref: '#' }] } },
    });
    let value: unknown = {};
    for (let i = 0; i < 40; i++) value = { id, next: value };
    expect(violations(hard, value)).toEqual([
      '/: too many ways to read it: its alternatives are hard to tell apart',
    ]);
  });

  it('has its items compared in time that grows as they do', () => {
    const unique = jsonSchema({ type: 'array', uniqueItems: true });
    const items = Array.from({ length: 45_000 }, (_, i) => [i]);
    expect(violations(unique, items)).toEqual([]);
    expect(
      violations(unique, [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toEqual(['/: uniqueItems']);
  });
});

describe('a JSON Schema', () => {
  it('is told all its problems with their places', () => {
    const found = problems(() =>
      jsonSchema({
        type: 'object',
        properties: {
          a: { type: 'string', pattern: '(?=x)' },
          b: { type: 'string', format: 'phone' },
          c: { $ref: 'https://example.com/c' },
          d: { typ: 'string' },
          e: { type: 'string', maxLength: -1 },
          pattern: { type: 'string' },
        },
      }),
    );
    expect(found.map((line) => line.replace(/^1:\d+: (\S+) .*$/, '$1'))).toEqual(
      ['a/pattern', 'b/format', 'c/$ref', 'd/typ', 'e/maxLength'].map((place) => `/properties/${place}`),
    );
  });

  it.each([
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }],
    [{ $dynamicRef: '#a' }],
    [{ $ref: '#/nowhere' }],
    [{ maxLength: 3 }],
    [[]],
  ])('is refused as %j', (given) => {
    expect(problems(() => jsonSchema(given))).toHaveLength(1);
  });
});
