import { expect, test } from '@jest/globals';
import { decodeHeaderValue, decodeTable, encodeHeaderValue } from '../src/header-value.js';

const roundTrip = (value: unknown): unknown =>
  decodeHeaderValue(JSON.parse(JSON.stringify(encodeHeaderValue(value, 'h'))));
const typed = (type: string, value: unknown) => ({ '!': type, value });

test.each([
  ['text', 'text'],
  [0, 0],
  [-0, 0],
  [1.5, 1.5],
  [2 ** 60, 2 ** 60],
  [Infinity, Infinity],
  [true, true],
  [null, null],
  [Buffer.from([0, 255]), Buffer.from([0, 255])],
  [new Uint8Array([1, 2]), Buffer.from([1, 2])],
  [
    [1, ['x', Buffer.from([1])]],
    [1, ['x', Buffer.from([1])]],
  ],
  [{ a: { b: [] } }, { a: { b: [] } }],
  [{ a: undefined, b: 1 }, { b: 1 }],
  [{ x: 'eXg=' }, { x: 'eXg=' }],
  [typed('timestamp', 5), typed('timestamp', 5)],
  [typed('timestamp', 5n), typed('timestamp', 5)],
  [typed('decimal', { places: 2, digits: 314 }), typed('decimal', { places: 2, digits: 314 })],
  [typed('int8', -128), -128],
  [typed('int64', 2n ** 62n), 2 ** 62],
  [typed('uint32', 4_294_967_295), 4_294_967_295],
  [typed('float', 1.1), Math.fround(1.1)],
  [typed('double', NaN), NaN],
  [typed('boolean', 1), true],
  [typed('string', 's'), 's'],
])('%p arrives as %p', (given, arrives) => {
  expect(roundTrip(given)).toEqual(arrives);
});

test.each([
  ['a function', () => 0],
  ['a bigint', 1n],
  ['a symbol', Symbol('s')],
  ['NaN', NaN],
  ['minus infinity', -Infinity],
  ['a number below the 64-bit range', -1e300],
  ['a typed value out of range', typed('uint8', 256)],
  ['a typed fraction', typed('int32', 1.5)],
  ['an unknown type', typed('colour', 1)],
  ['a decimal that is none', typed('decimal', { places: 300, digits: 1 })],
  ['a name of 256 bytes', { ['n'.repeat(256)]: 1 }],
  ['__proto__', JSON.parse('{"__proto__":1}')],
])('%s is refused', (_, value) => {
  expect(() => encodeHeaderValue(value, 'h')).toThrow(expect.objectContaining({ code: 'ERR_USAGE_HEADER' }));
});

test('a cycle is refused, not followed', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  expect(() => encodeHeaderValue(cycle, 'h')).toThrow(expect.objectContaining({ code: 'ERR_USAGE_HEADER' }));
});

test.each([
  ['an unknown tag', { y: 1 }],
  ['two tags', { x: 'AA==', t: {} }],
  ['no tag', {}],
  ['bytes that are no text', { x: 5 }],
  ['a table that is a list', { t: [] }],
])('malformed JSON with %s is a format error', (_, json) => {
  expect(() => decodeHeaderValue(json)).toThrow(expect.objectContaining({ code: 'ERR_FORMAT_BODY' }));
});

test('JSON that nests too deep is a format error', () => {
  const deep = JSON.parse('['.repeat(1000) + ']'.repeat(1000)) as unknown;

  expect(() => decodeHeaderValue(deep)).toThrow(expect.objectContaining({ code: 'ERR_FORMAT_BODY' }));
});

test('a decoded table never has its prototype set', () => {
  const table = decodeTable(JSON.parse('{"a":{"t":{"__proto__":{"t":{"role":"admin"}}}},"__proto__":1}'));

  expect(Object.keys(table)).toEqual(['a']);
  expect((table['a'] as Record<string, unknown>)['role']).toBeUndefined();
});
