// JSON payloads against an Avro schema.
import { describe, expect, it } from '@jest/globals';
import { avro, goodTask, task, violations } from './made-schemas.js';

const schema = avro(task);
const secret = 'hunter2hunter2hunter2';

describe('a JSON payload with an Avro schema', () => {
  it('passes where it fits, with or without the fields that have defaults', () => {
    expect(violations(schema, goodTask)).toEqual([]);
    const whole = { ...goodTask, budget: 1.5, labels: { a: 'b' }, state: 'DONE', parent: goodTask };
    expect(violations(schema, whole)).toEqual([]);
  });

  it('is told all its violations by path and rule, and nothing of what it says', () => {
    const found = violations(schema, {
      ...goodTask,
      title: secret,
      priority: 6,
      tools: ['ok', secret.toUpperCase()],
      budget: -1,
      labels: { [secret]: secret },
      state: secret,
      parent: { id: secret, [secret]: secret },
    });
    expect(found).toEqual([
      '/title: maxLength 12',
      '/priority: maximum 5',
      '/tools/1: pattern ^[a-z_]+$',
      '/budget: minimum 0',
      '/labels/*: maxLength 5',
      '/state: one of the symbols of the enum',
      '/parent/id: format uuid',
      '/parent/title: required',
      '/parent/priority: required',
      '/parent/tools: required',
      '/parent: no fields but the schema’s (1 unexpected)',
    ]);
    expect(found.join()).not.toMatch(/hunter/i);
  });

  it('is told all violations, those of one rule at one place of the schema together', () => {
    const lines = avro({
      type: 'array',
      items: { type: 'record', name: 'Line', fields: [{ name: 'n', type: 'int', maximum: 5 }] },
    });
    const payload = [{ n: 1 }, { n: 6 }, {}, { n: 7 }, { n: 'x' }, { n: 8 }];
    expect(violations(lines, payload)).toEqual([
      '/1/n: maximum 5 (3 like it)',
      '/2/n: required',
      '/4/n: int',
    ]);
  });

  it('is told the violations of a hundred places of the schema, and how many more there are', () => {
    const fields = Array.from({ length: 150 }, (_, i) => ({ name: `f${String(i)}`, type: 'int' }));
    const found = violations(avro({ type: 'record', name: 'R', fields }), {});
    expect(found.slice(98)).toEqual(['/f98: required', '/f99: required', '… and 50 more']);
  });

  it('has ten thousand violations looked at, the others counted', () => {
    const many = Array.from({ length: 50_000 }, () => 'x');
    expect(violations(avro({ type: 'array', items: 'int' }), many)).toEqual([
      '/0: int (10000 like it)',
      '… and 40000 more',
    ]);
  });

  it.each([
    ['a name twice', '{"id":"x","id":"x"}', '/: every name once in its object'],
    ['a name twice by an escape', '{"id":"x","\\u0069d":"x"}', '/: every name once in its object'],
    ['__proto__', '{"__proto__":{"a":1}}', '/: no name __proto__, constructor or prototype'],
    [
      'constructor far inside',
      '[{"a":[{"constructor":1}]}]',
      '/: no name __proto__, constructor or prototype',
    ],
    ['65 levels', '['.repeat(65) + ']'.repeat(65), '/: at most 64 levels'],
    ['a million levels', '['.repeat(1_000_000), '/: at most 64 levels'],
    ['100,001 values', `[${'1,'.repeat(99_999)}1]`, '/: at most 100000 values'],
    ['no JSON', '{"id":}', '/: JSON'],
    ['what follows', '{} {}', '/: JSON'],
    ['bad UTF-8', Buffer.from([0x22, 0xff, 0x22]), '/: JSON in UTF-8'],
  ])('is refused with %s', (_, payload, violation) => {
    expect(violations(schema, payload)).toEqual([violation]);
  });

  it.each([
    ['int', [0, -2147483648, 2147483647, 1.0], [1.5, 2147483648, '1', null]],
    ['long', [9007199254740991, -9007199254740991], [9007199254740992, 0.5]],
    ['float', [0.1, 3.4e38], [3.5e38, '1']],
    ['double', [1e300, -0], ['NaN', true]],
    ['boolean', [true, false], [0, 'true']],
    ['null', [null], [0, false, {}]],
    ['bytes', ['', 'AAE=', '+/8='], ['AAE', 'A-8=', ' AAE=', 'ÿ', 5]],
    [{ type: 'fixed', name: 'F', size: 2 }, ['AAE='], ['AA==', '', 'AAEC']],
    ['string', ['', '😀'], [1, null]],
    [
      ['null', 'string'],
      [null, 'x'],
      [1, { string: 'x' }],
    ],
    [
      ['int', 'string', { type: 'array', items: 'int' }],
      [1, 'x', [1]],
      [true, [1.5], null],
    ],
  ] as const)('has %j as plain JSON', (type, good, bad) => {
    const compiled = avro(type);
    for (const value of good)
      expect([value, violations(compiled, JSON.stringify(value))]).toEqual([value, []]);
    for (const value of bad)
      expect([value, violations(compiled, JSON.stringify(value)).length]).toEqual([value, 1]);
  });

  it('refuses numbers that are none and characters that are halves', () => {
    expect(violations(avro('double'), '1e999')).toEqual(['/: double']);
    expect(violations(avro('string'), '"\\ud800"')).toEqual(['/: string of whole characters']);
  });

  it('takes exactly one of several records in a union', () => {
    const record = (name: string, field: string) => ({
      type: 'record',
      name,
      fields: [{ name: field, type: 'int' }],
    });
    const either = avro([record('A', 'a'), record('B', 'b'), { ...record('C', 'b'), name: 'C' }]);
    expect(violations(either, { a: 1 })).toEqual([]);
    expect(violations(either, { b: 1 })).toEqual(['/: only one of A, B, C']);
    expect(violations(either, { c: 1 })).toEqual(['/: one of A, B, C']);
  });

  it('cannot make a union that is hard to tell apart take for ever', () => {
    const record = (name: string, other: unknown) => ({
      type: 'record',
      name,
      fields: [{ name: 'next', type: ['null', 'A', other] }],
    });
    const hard = avro(record('A', record('B', 'B')));
    let value: unknown = null;
    for (let i = 0; i < 60; i++) value = { next: value };
    expect(violations(hard, value)).toEqual([
      '/: too many ways to read it: its alternatives are hard to tell apart',
    ]);
  });

  it('counts characters, not code units', () => {
    const short = avro({ type: 'string', maxLength: 2, minLength: 2 });
    expect(violations(short, '"😀😀"')).toEqual([]);
    expect(violations(short, '"😀"')).toEqual(['/: minLength 2']);
    expect(violations(short, '"😀😀a"')).toEqual(['/: maxLength 2']);
  });
});
