// Inputs as large as the scanner's limits let them be: what they take is measured in every run.
import type { SeededSchema } from './scanner-parsers.ts';

/** A count below 2^20 as Avro writes it, at the longest. */
function number(value: number): Buffer {
  const twice = value * 2;
  if (twice < 0x80) return Buffer.from([twice]);
  if (twice < 0x4000) return Buffer.from([(twice & 0x7f) | 0x80, twice >> 7]);
  return Buffer.from([(twice & 0x7f) | 0x80, ((twice >> 7) & 0x7f) | 0x80, twice >> 14]);
}

const blocks = (count: number, items: Buffer): string =>
  Buffer.concat([number(count), items, Buffer.alloc(1)]).toString('hex');
const keys = (count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, i) => Buffer.from(`\x06${i.toString(36).padStart(3, '0')}`)),
  );

export const largeInputs: readonly SeededSchema[] = [
  {
    schema: { type: 'map', values: 'null' },
    seeds: [blocks(10_000, keys(10_000)), blocks(10_001, keys(10_001))],
  },
  { schema: { type: 'array', items: 'int' }, seeds: [blocks(100_000, Buffer.alloc(100_000, 2))] },
  {
    schema: { type: 'array', items: { type: 'array', items: 'null' } },
    seeds: [blocks(50_000, Buffer.alloc(50_000)), blocks(3, Buffer.from('e807e807e80700', 'hex'))],
  },
  {
    schema: { type: 'array', items: { type: 'map', values: 'long' } },
    seeds: [blocks(20_000, Buffer.alloc(100_000, Buffer.from('0200fa0500', 'hex')))],
  },
  {
    schema: 'string',
    seeds: [Buffer.concat([number(500_000), Buffer.from('é'.repeat(250_000))]).toString('hex')],
  },
];
