// Tokens that a program gets.
import { expect, test } from '@jest/globals';
import type { BearerToken, TokenProvider } from '@sealwire/core';
import { setTimeout as wait } from 'node:timers/promises';
import { ProvidedToken } from '../src/provided-token.js';

let nowMs = 1_000_000;
const clock = { nowMs: () => nowMs };

function counting(lifeMs: number): { provider: TokenProvider; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    provider: async ({ agent }) => {
      asked++;
      await Promise.resolve();
      return { value: `${agent}-${asked}`, expiresAtMs: nowMs + lifeMs };
    },
  };
}

/** A renewal that nobody waits for. */
const renewed = () => new Promise((resolve) => setImmediate(resolve));

test('all who ask at once get the one token, until it is due; then one renewal serves all, and nobody waits', async () => {
  const { provider, asked } = counting(3_600_000);
  const token = new ProvidedToken(provider, 'alice', clock);
  expect(await Promise.all([token.get(), token.get(), token.get()])).toEqual(Array(3).fill('alice-1'));
  nowMs += 3_600_000 - 60_001;
  expect(await token.get()).toBe('alice-1');
  nowMs += 1;
  expect(await Promise.all([token.get(), token.get()])).toEqual(['alice-1', 'alice-1']);
  await renewed();
  expect(await Promise.all([token.get(), token.get()])).toEqual(['alice-2', 'alice-2']);
  expect(asked()).toBe(2);
  nowMs += 3_600_000;
  expect(await Promise.all([token.get(), token.get()])).toEqual(['alice-3', 'alice-3']);
});

test('a short one is renewed after half of its time', async () => {
  const { provider } = counting(20_000);
  const token = new ProvidedToken(provider, 'alice', clock);
  await token.get();
  nowMs += 9_999;
  expect(await token.get()).toBe('alice-1');
  nowMs += 1;
  expect(await token.get()).toBe('alice-1');
  await renewed();
  expect(await token.get()).toBe('alice-2');
});

test('a provider that hangs keeps nobody waiting while the last token lasts', async () => {
  const { provider } = counting(20_000);
  let hangs = false;
  const token = new ProvidedToken(
    (request) => (hangs ? new Promise(() => undefined) : provider(request)),
    'alice',
    clock,
    2_000_000_000,
  );
  await token.get();
  hangs = true;
  nowMs += 19_999;
  expect(await Promise.all([token.get(), token.get()])).toEqual(['alice-1', 'alice-1']);
});

test('a provider that fails is let alone for a while, as long as the last token lasts', async () => {
  const { provider } = counting(3_600_000);
  let failed = 0;
  let broken = false;
  const failing: TokenProvider = (request) => {
    if (!broken) return provider(request);
    failed++;
    return Promise.reject(new Error('away'));
  };
  const token = new ProvidedToken(failing, 'alice', clock);
  await token.get();
  broken = true;
  nowMs += 3_600_000 - 60_000;
  const login = async () => {
    expect(await token.get()).toBe('alice-1');
    await renewed();
  };
  await login();
  await login();
  nowMs += 4_999;
  await login();
  expect(failed).toBe(1);
  nowMs += 1;
  await login();
  await login();
  expect(failed).toBe(2);
  broken = false;
  nowMs += 5_000;
  await login();
  expect(await token.get()).toBe('alice-2');
});

test('one that cannot be renewed serves until its end, then there is none, and then there is again', async () => {
  let broken = false;
  const { provider } = counting(20_000);
  const token = new ProvidedToken(
    (request) => (broken ? Promise.reject(new Error('secret of the client')) : provider(request)),
    'alice',
    clock,
  );
  await token.get();
  broken = true;
  nowMs += 19_999;
  expect(await token.get()).toBe('alice-1');
  nowMs += 1;
  const error = (await token.get().catch((reason: unknown) => reason)) as Error;
  expect(error).toMatchObject({ name: 'InabilityError', code: 'ERR_UNABLE_TOKEN' });
  expect(error.cause).toBeUndefined();
  expect(error.message).not.toContain('secret');
  broken = false;
  expect(await token.get()).toBe('alice-2');
});

test.each<[string, unknown]>([
  ['nothing', null],
  ['no value', { expiresAtMs: 2_000_000_000_000 }],
  ['what is no token', { value: 'a b', expiresAtMs: 2_000_000_000_000 }],
  ['what would add a field to the login', { value: 'a\x01host=evil', expiresAtMs: 2_000_000_000_000 }],
  ['a token that is over', { value: 'SECRET', expiresAtMs: 1 }],
  ['no end', { value: 'SECRET' }],
])('a provider that gives %s is told so, without what it gave', async (_, given) => {
  const token = new ProvidedToken(() => Promise.resolve(given as BearerToken), 'alice', clock);
  const error = (await token.get().catch((reason: unknown) => reason)) as Error;
  expect(error).toMatchObject({ code: 'ERR_UNABLE_TOKEN' });
  expect(error.message).not.toContain('SECRET');
});

test('a provider that does not answer is given up, and told', async () => {
  let aborted = false;
  const token = new ProvidedToken(
    ({ signal }) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
      }),
    'alice',
    clock,
    20,
  );
  await expect(token.get()).rejects.toMatchObject({ code: 'ERR_UNABLE_TOKEN' });
  expect(aborted).toBe(true);
});

test('a provider that throws at once is told, and nothing is rejected later to nobody', async () => {
  let aborted = false;
  const token = new ProvidedToken(
    ({ signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      throw new Error('SECRET');
    },
    'alice',
    clock,
    5,
  );
  const error = (await token.get().catch((reason: unknown) => reason)) as Error;
  expect([error, error.message]).toMatchObject([
    { code: 'ERR_UNABLE_TOKEN' },
    expect.not.stringContaining('SECRET'),
  ]);
  // Past the provider’s time: a rejection without anybody to take it would fail this test.
  await wait(50);
  expect(aborted).toBe(false);
});
