import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { LazyClient } from '../src/lazy-client.js';

let calls: string[];
let isKept: boolean;
let lazy: LazyClient<{ connect(): Promise<void>; disconnect(): Promise<void> }>;
beforeEach(() => {
  jest.useFakeTimers();
  calls = [];
  isKept = false;
  const noted = (call: string) => () => Promise.resolve(void calls.push(call));
  lazy = new LazyClient({ connect: noted('connect'), disconnect: noted('disconnect') }, () => isKept);
});
afterEach(() => void jest.useRealTimers());

const used = (): Promise<void> => lazy.use(() => Promise.resolve());

test('what is used again soon logs in once, and goes when nobody needs it', async () => {
  for (let i = 0; i < 5; i++) {
    await used();
    await jest.advanceTimersByTimeAsync(100);
  }
  expect(calls).toEqual(['connect']);

  await jest.advanceTimersByTimeAsync(200);
  expect(calls).toEqual(['connect', 'disconnect']);
});

test('a release ends an idle connection at once, and the next use makes another', async () => {
  await used();
  await lazy.release();
  expect(calls).toEqual(['connect', 'disconnect']);

  await used();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(calls).toEqual(['connect', 'disconnect', 'connect', 'disconnect']);
});

test('a connection in use is not released, one that is kept neither', async () => {
  let finish = (): void => undefined;
  const using = lazy.use(() => new Promise<void>((resolve) => (finish = resolve)));
  await jest.advanceTimersByTimeAsync(1_000);
  await lazy.release();
  expect(calls).toEqual(['connect']);

  isKept = true;
  finish();
  await using;
  await jest.advanceTimersByTimeAsync(1_000);
  expect(calls).toEqual(['connect']);
  isKept = false;
  await lazy.release();
  expect(calls).toEqual(['connect', 'disconnect']);
});
