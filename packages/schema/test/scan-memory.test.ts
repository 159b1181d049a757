// What a scan takes at its worst: twice the bytes and 1 MB, garbage included.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { scanner } from '../src/scanner.js';
import { thrownBy } from './thrown-by.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The least of five times, or the first that is below a limit: collecting all garbage takes seconds where there is much. */
function allocated(call: () => void, limit: number): number {
  let least = Infinity;
  for (let i = 0; i < 5 && least >= limit; i++) {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    call();
    const now = process.memoryUsage();
    least = Math.min(least, now.heapUsed + now.external - heapUsed - external);
  }
  return least;
}

const zeros = (count: number): Buffer =>
  Buffer.concat([Buffer.from('c09a0c', 'hex'), Buffer.alloc(count), Buffer.alloc(1)]);
const keys = Buffer.concat(
  Array.from({ length: 10_000 }, (_, i) => Buffer.from(`\x06${i.toString(36).padStart(3, '0')}`)),
);
const text = 'é'.repeat(2 ** 20);

it.each([
  ['a hundred thousand ints', { type: 'array', items: 'int' }, zeros(100_000)],
  [
    'a hundred thousand empty arrays',
    { type: 'array', items: { type: 'array', items: 'null' } },
    zeros(100_000),
  ],
  [
    'ten thousand map keys',
    { type: 'map', values: 'null' },
    Buffer.concat([Buffer.from('a09c01', 'hex'), keys, Buffer.alloc(1)]),
  ],
  [
    'ten thousand maps with a long each',
    { type: 'array', items: { type: 'map', values: 'long' } },
    Buffer.concat([
      Buffer.from('a09c01', 'hex'),
      ...Array.from({ length: 10_000 }, () => Buffer.from('0200feffffff7f00', 'hex')),
      Buffer.alloc(1),
    ]),
  ],
  ['two megabytes of text', 'string', Buffer.concat([Buffer.from('80808002', 'hex'), Buffer.from(text)])],
])('walks %s in little memory', (_, schema, bytes) => {
  const scan = scanner(schema, { stringBytes: 2 ** 22 });
  const limit = 2 * bytes.length + 2 ** 20;
  expect(allocated(() => scan(bytes), limit)).toBeLessThan(limit);
});

it('refuses a count of fifty million nulls in five bytes before it makes anything of them', () => {
  const scan = scanner({ type: 'array', items: 'null' });
  const scanFew = () => thrownBy(() => scan(Buffer.from('80c2d72f00', 'hex')));
  expect(allocated(scanFew, 2 ** 20)).toBeLessThan(2 ** 20);
});
