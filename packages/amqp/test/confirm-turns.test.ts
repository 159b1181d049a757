import { beforeEach, expect, test } from '@jest/globals';
import { ConfirmTurns } from '../src/confirm-turns.js';
import { turns } from './fakes.ts';

let confirms: ConfirmTurns;
let told: string[];
beforeEach(() => {
  confirms = new ConfirmTurns();
  told = [];
});

const ok = {};
const lump = (count: number, error: unknown = null): void => {
  for (let i = 0; i < count; i++)
    confirms.tell((given) => told.push(given === null ? 'ok' : 'failed'), error, ok);
};

test('a few confirms are told at once', () => {
  lump(32);
  expect(told).toHaveLength(32);
});

test('a lump is told 32 a turn', async () => {
  lump(100);
  const seen = new Set([told.length]);
  while (told.length < 100) {
    await turns(1);
    seen.add(told.length);
  }
  expect([...seen]).toEqual([32, 64, 96, 100]);
});

test('confirms stay in order, also those that come while others wait', async () => {
  const order: number[] = [];
  for (let i = 0; i < 100; i++) confirms.tell(() => order.push(i), null, ok);
  await turns(1);
  for (let i = 100; i < 200; i++) confirms.tell(() => order.push(i), null, ok);
  while (order.length < 200) await turns(1);

  expect(order).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test('an error is told at once, behind all that waits', () => {
  lump(100);
  lump(1, new Error('channel closed'));

  expect(told).toHaveLength(101);
  expect(told.at(-1)).toBe('failed');
});

test('all that waits is told when asked for, and once', async () => {
  lump(100);
  confirms.tellAll();
  expect(told).toHaveLength(100);

  await turns();
  expect(told).toHaveLength(100);
});

test('a confirm that its callback brings about is told after those that wait', () => {
  const order: string[] = [];
  lump(64);
  confirms.tell(
    () => {
      order.push('first');
      confirms.tell(() => order.push('last'), null, ok);
    },
    null,
    ok,
  );
  confirms.tell(() => order.push('second'), null, ok);
  confirms.tellAll();

  expect(order).toEqual(['first', 'second', 'last']);
});
