// How long kafkajs may go on with a message that was sealed once.
import { expect, test } from '@jest/globals';
import { checkRetries, longestSendMs } from '../src/check-retries.js';
import { definedOptions } from '../src/defined-of.js';

test('a producer with kafkajs’ defaults tries for about three minutes', () => {
  // Six requests of 30 s, and five pauses that grow by 2.4: 0.3, 0.72, 1.728, 4.1472 and 9.95328 s.
  expect(longestSendMs()).toBeCloseTo(6 * 30_000 + 300 + 720 + 1_728 + 4_147.2 + 9_953.28, 6);
});

test('no pause is longer than the longest, however many there are', () => {
  const retry = { initialRetryTime: 100, maxRetryTime: 1_000, factor: 0, multiplier: 10 };
  expect(longestSendMs({ ...retry, retries: 0 }, 500)).toBe(500);
  expect(longestSendMs({ ...retry, retries: 1 }, 500)).toBe(2 * 500 + 100);
  expect(longestSendMs({ ...retry, retries: 4 }, 500)).toBe(5 * 500 + 100 + 3 * 1_000);
});

test('who tries for ever ends at once, and is refused', () => {
  expect(longestSendMs({ retries: Number.MAX_SAFE_INTEGER })).toBeGreaterThanOrEqual(Number.MAX_SAFE_INTEGER);
  expect(() => checkRetries(86_400_000, { retries: Infinity })).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_REPLAY' }),
  );
});

test('what may arrive too old is refused before anything is sent, and what just fits is not', () => {
  const retry = { retries: 1, initialRetryTime: 1_000 };
  expect(() => checkRetries(61_000, retry)).not.toThrow();
  expect(() => checkRetries(60_999, retry)).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_REPLAY', message: expect.stringContaining('for 61 s') }),
  );
  expect(() => checkRetries(Infinity, undefined)).not.toThrow();
});

test('what is undefined was not given', () => {
  const retry = { retries: undefined, initialRetryTime: undefined, maxRetryTime: undefined };
  expect(longestSendMs(retry as object)).toBe(longestSendMs());
  expect(() => checkRetries(1_000, retry as object)).toThrow(
    expect.objectContaining({ message: expect.stringContaining('for 197 s') }),
  );
});

test('and kafkajs is not given it either: no retry at all would be the consequence', () => {
  const given = { idempotent: undefined, retry: { retries: undefined, factor: 0 } };
  expect(definedOptions(given)).toStrictEqual({ retry: { factor: 0 } });
  expect(definedOptions({ maxInFlightRequests: 1, retry: undefined })).toStrictEqual({
    maxInFlightRequests: 1,
  });
});
