import { describe, expect, it } from '@jest/globals';
import type { ScanLimits } from '../src/scan-limits.js';
import { scanner } from '../src/scanner.js';
import { thrownBy } from './thrown-by.js';

const scan = (schema: unknown, hex: string, limits: Partial<ScanLimits> = {}) =>
  scanner(schema, limits)(Buffer.from(hex, 'hex'));
const facts = (schema: unknown, hex: string, limits: Partial<ScanLimits> = {}) =>
  (thrownBy(() => scan(schema, hex, limits)) as { facts: Record<string, unknown> }).facts;
const ints = { type: 'array', items: 'int' };
const pairs = { type: 'map', values: 'int' };
const list = { type: 'record', name: 'List', fields: [{ name: 'next', type: ['null', 'List'] }] };

describe('the scanner', () => {
  it('walks arrays and maps in several blocks, with their sizes or without', () => {
    scan(ints, '00');
    scan(ints, '02020204020600');
    scan(ints, '0304020402060000'.slice(0, 12) + '00');
    scan(pairs, '0106026102' + '02026204' + '00');
  });

  it('refuses a block that is longer or shorter than it says', () => {
    expect(facts(ints, '0302020400').kind).toBe('block');
    expect(facts(ints, '030602040000').kind).toBe('block');
    expect(facts(ints, '0303').kind).toBe('length');
  });

  it('finds a key twice also in different blocks, but not in different maps', () => {
    expect(facts(pairs, '0202610202026104' + '00').kind).toBe('duplicate');
    scan({ type: 'array', items: pairs }, '04' + '0202610200' + '0202610200' + '00');
  });

  it('finds a key twice among few and among many, whichever two they are', () => {
    for (const count of [2, 8, 9, 10, 50])
      for (const [first, second] of [
        [0, count - 1],
        [count - 2, count - 1],
        [0, 1],
      ] as const) {
        const keys = Array.from({ length: count }, (_, i) => String.fromCharCode(0x21 + i));
        const hex = () =>
          `${Buffer.from([count * 2]).toString('hex')}${keys.map((key) => `02${Buffer.from(key).toString('hex')}00`).join('')}00`;
        scan(pairs, hex());
        keys[second] = keys[first]!;
        expect(facts(pairs, hex()).kind).toBe('duplicate');
      }
  });

  it('refuses keys that reach a prototype, at any depth', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const hex = `02${Buffer.from([key.length * 2]).toString('hex')}${Buffer.from(key).toString('hex')}0200`;
      expect(facts(pairs, hex).kind).toBe('key');
      expect(facts({ type: 'array', items: pairs }, `02${hex}00`).kind).toBe('key');
      scan(
        pairs,
        `02${Buffer.from([key.length * 2 + 2]).toString('hex')}${Buffer.from(`${key}s`).toString('hex')}0200`,
      );
    }
  });

  it('takes ints and longs up to their last value and no further', () => {
    scan('int', 'feffffff0f');
    scan('int', 'ffffffff0f');
    expect(facts('int', '8080808010').kind).toBe('range');
    expect(facts('int', '8180808010').kind).toBe('range');
    scan('long', 'fcffffffffffff1f');
    expect(facts('long', 'feffffffffffff1f').kind).toBe('range');
    scan('long', 'ffffffffffffff0f');
    expect(facts('long', '8180808080808010').kind).toBe('range');
  });

  it('takes every 64-bit long where wide longs are allowed, and still no padding nor a 65th bit', () => {
    const wide = { wideLongs: true };
    scan('long', 'feffffffffffffffff01', wide);
    scan('long', 'ffffffffffffffffff01', wide);
    expect(facts('long', 'feffffffffffffffff02', wide).kind).toBe('varint');
    expect(facts('long', '8000', wide).kind).toBe('varint');
    expect(facts({ type: 'array', items: 'long' }, 'feffffffffffffffff01', wide).kind).toBe('range');
  });

  it('refuses UTF-8 that is cut, overlong or a surrogate, in short and long text', () => {
    for (const bad of ['c3', 'c080', 'eda080', 'f4908080', 'ff']) {
      expect(facts('string', `${Buffer.from([bad.length]).toString('hex')}${bad}`).kind).toBe('utf8');
      const long = Buffer.concat([Buffer.alloc(100, 0x61), Buffer.from(bad, 'hex')]);
      const writer = Buffer.concat([
        Buffer.from([((long.length * 2) & 0x7f) | 0x80, (long.length * 2) >> 7]),
        long,
      ]);
      expect(facts('string', writer.toString('hex')).kind).toBe('utf8');
    }
    scan('string', '08f09f9880');
  });

  it('accepts one encoding of each value where it is asked to', () => {
    const canonical = { canonical: true };
    expect(facts(ints, '0202020400', canonical).kind).toBe('canonical');
    expect(facts(ints, '01020200', canonical).kind).toBe('canonical');
    scan('double', '000000000000f87f', canonical);
    scan('double', '000000000000f07f', canonical);
    expect(facts('double', '010000000000f87f', canonical).kind).toBe('canonical');
    expect(facts('double', '000000000000f8ff', canonical).kind).toBe('canonical');
    scan('float', '0000c07f', canonical);
    expect(facts('float', '0100c07f', canonical).kind).toBe('canonical');
    scan('float', '0100c07f');
  });

  it.each([
    ['bytes', 'string', '0461ff', { bytes: 2 }],
    ['depth', list, '02020200', { depth: 3 }],
    ['stringBytes', 'string', '06616161', { stringBytes: 2 }],
    ['stringBytes', 'bytes', '06616161', { stringBytes: 2 }],
    ['items', { type: 'array', items: ints }, '04' + '040202' + '00' + '02' + '0200' + '00', { items: 4 }],
    ['mapEntries', pairs, '04026102026202' + '00', { mapEntries: 1 }],
    ['emptyItems', { type: 'array', items: 'null' }, '0600', { emptyItems: 2 }],
    ['steps', ints, '0602020200', { steps: 3 }],
  ] as const)('refuses what is beyond its limit %s', (limit, schema, hex, limits) => {
    expect(facts(schema, hex, limits)).toMatchObject({ kind: 'limit', limit });
    expect(Object.keys(limits)).toEqual([limit]);
  });

  it('passes what is exactly at its limits', () => {
    scan('string', '046161', { bytes: 3, stringBytes: 2, steps: 1 });
    scan(list, '020200', { depth: 3 });
    scan(ints, '0602020200', { items: 3, steps: 4 });
    scan(pairs, '0202610200', { mapEntries: 1, items: 1 });
    scan({ type: 'array', items: 'null' }, '0400', { emptyItems: 2 });
  });

  it('counts values without bytes as a decoder would make them, and takes no time over them', () => {
    const type = (level: number): unknown =>
      level === 0
        ? { type: 'record', name: 'L0', fields: [] }
        : {
            type: 'record',
            name: `L${level}`,
            fields: [
              { name: 'a', type: type(level - 1) },
              { name: 'b', type: `L${level - 1}` },
            ],
          };
    // 2^60 records of no bytes at all.
    expect(facts(type(60), '')).toMatchObject({ kind: 'limit', limit: 'steps' });
    expect(facts({ type: 'array', items: type(12) }, 'a00f00')).toMatchObject({
      kind: 'limit',
      limit: 'steps',
    });
    scan(type(10), '');
  });

  it('counts what a record without bytes in a union can take', () => {
    const empty = { type: 'record', name: 'E', fields: [{ name: 'n', type: 'null' }] };
    scan({ type: 'array', items: ['null', empty] }, '06' + '000202' + '00');
  });

  it('knows names by their namespace', () => {
    const schema = {
      type: 'record',
      name: 'a.b.Order',
      fields: [
        { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'DONE'] } },
        { name: 'other', type: 'State' },
        { name: 'full', type: 'a.b.State' },
        { name: 'outer', type: { type: 'fixed', name: 'Id', namespace: '', size: 1 } },
        { name: 'again', type: 'Id' },
      ],
    };
    scan(schema, '020002aabb');
    expect(facts(schema, '020004aabb')).toEqual({
      kind: 'index',
      place: 'a.b.Order.full',
      at: 3,
      limit: null,
    });
  });

  it('tells where in the schema, and nothing of the payload', () => {
    const schema = {
      type: 'record',
      name: 'Order',
      fields: [{ name: 'lines', type: { type: 'array', items: { type: 'map', values: 'string' } } }],
    };
    const error = thrownBy(() =>
      scan(schema, '02' + '02' + '0c736563726574' + '0c73656372ff74' + '00'),
    ) as Error & { facts: unknown };
    expect(error.facts).toMatchObject({ kind: 'utf8', place: 'Order.lines[]{}' });
    expect(error.message + JSON.stringify(error.facts)).not.toMatch(/secr/);
  });

  it('reads a view, whatever lies around it', () => {
    const whole = Uint8Array.from([9, 4, 0x61, 0x62, 0x63]);
    scanner('string')(whole.subarray(1, 4));
    expect(() => scanner('string')(whole.subarray(1, 3))).toThrow('length');
  });

  it.each([
    ['an unknown name', 'nothing'],
    ['a number', 7],
    ['null', null],
    ['an empty union', []],
    ['a union in a union', ['null', ['int']]],
    ['a record without a name', { type: 'record', fields: [] }],
    ['a record without fields', { type: 'record', name: 'R' }],
    [
      'a field twice',
      {
        type: 'record',
        name: 'R',
        fields: [
          { name: 'a', type: 'int' },
          { name: 'a', type: 'int' },
        ],
      },
    ],
    [
      'a field that reaches a prototype',
      { type: 'record', name: 'R', fields: [{ name: '__proto__', type: 'int' }] },
    ],
    ['a field that is null', { type: 'record', name: 'R', fields: [null] }],
    [
      'a name twice',
      [
        { type: 'fixed', name: 'F', size: 1 },
        { type: 'enum', name: 'F', symbols: ['A'] },
      ],
    ],
    ['a fixed without a size', { type: 'fixed', name: 'F', size: -1 }],
    ['an enum without symbols', { type: 'enum', name: 'E', symbols: [] }],
    ['an enum with a symbol twice', { type: 'enum', name: 'E', symbols: ['A', 'A'] }],
    ['a record that always holds itself', { type: 'record', name: 'R', fields: [{ name: 'r', type: 'R' }] }],
    [
      'nesting without end',
      Array.from({ length: 5_000 }).reduce<unknown>((items) => ({ type: 'array', items }), 'int'),
    ],
  ])('takes no schema with %s', (_, schema) => {
    expect(() => scanner(schema)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }));
  });

  it.each([
    { depth: 257 },
    { items: -1 },
    { steps: 0.5 },
    { bytes: Infinity },
    { canonical: 1 },
    { length: 3 },
  ])('takes no limits like %j', (limits) => {
    expect(() => scanner('int', limits as never)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }),
    );
  });
});
