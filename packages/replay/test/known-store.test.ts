import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { InabilityError } from '@sealwire/core';
import { acceptLoss, KnownStore } from '../src/known-store.js';
import type { OpenedStore } from '../src/opened-store.js';
import { claim, hourMs, newFolder, startMs } from './claims.ts';

let file: string;
let id: string;
let nowMs: number;
let adopted: string[];
let forgets: boolean;
let closed: number;
beforeEach(() => {
  file = join(newFolder(), 'replay-store.json');
  id = 'one';
  nowMs = startMs;
  adopted = [];
  forgets = false;
  closed = 0;
});

function known(): KnownStore {
  return new KnownStore({
    open: () =>
      Promise.resolve({
        id,
        claim: (claims: readonly unknown[]) =>
          forgets
            ? Promise.reject(new InabilityError('ERR_UNABLE_REPLAY', 'gone', { forgot: true }))
            : Promise.resolve(claims.map(() => ({ state: 'granted' as const }))),
        close: () => {
          closed++;
          return Promise.resolve();
        },
      } as unknown as OpenedStore),
    file,
    windowMs: hourMs,
    clock: { nowMs: () => nowMs },
    adopted: (how) => adopted.push(how),
  });
}

const ask = (store: KnownStore) => store.claim([claim(1)], 1000, nowMs);
const lost = expect.objectContaining({
  code: 'ERR_UNABLE_REPLAY',
  message: expect.stringContaining('accept-loss') as unknown,
});

test('the first store is taken as it is, and is known from then on', async () => {
  await expect(ask(known())).resolves.toHaveLength(1);
  await expect(ask(known())).resolves.toHaveLength(1);
  expect(adopted).toEqual([]);
});

test('another store than the known one is not used: not at once, and not by trying again', async () => {
  await ask(known());
  id = 'two';
  const store = known();
  await expect(ask(store)).rejects.toEqual(lost);
  await expect(ask(store)).rejects.toEqual(lost);
  await expect(ask(known())).rejects.toEqual(lost);
  expect(closed).toBe(3);
});

test('the known store that comes back after another was found needs an operator or time too', async () => {
  await ask(known());
  id = 'two';
  const store = known();
  await expect(ask(store)).rejects.toEqual(lost);
  id = 'one';
  // It may have been away, and have missed what another one was told: only time or an operator can say so.
  await expect(ask(store)).rejects.toEqual(lost);
});

test('the window after it was noticed, another store is used, and that is told', async () => {
  await ask(known());
  id = 'two';
  await expect(ask(known())).rejects.toEqual(lost);
  nowMs += hourMs - 1;
  await expect(ask(known())).rejects.toEqual(lost);
  nowMs += 1;
  await expect(ask(known())).resolves.toHaveLength(1);
  expect(adopted).toEqual(['waited']);
  id = 'three';
  await expect(ask(known())).rejects.toEqual(lost);
});

test('an operator can accept the loss, once, while the consumer waits, and that is told', async () => {
  expect(() => acceptLoss(file)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_REPLAY' }));
  await ask(known());
  id = 'two';
  const store = known();
  await expect(ask(store)).rejects.toEqual(lost);
  expect(acceptLoss(file)).toBe(true);
  await expect(ask(store)).resolves.toHaveLength(1);
  expect(adopted).toEqual(['accepted']);
  id = 'three';
  await expect(ask(known())).rejects.toEqual(lost);
});

test('a store that says itself that it has forgotten is not used again, though it has the same name', async () => {
  const store = known();
  await ask(store);
  forgets = true;
  await expect(ask(store)).rejects.toMatchObject({ code: 'ERR_UNABLE_REPLAY' });
  forgets = false;
  await expect(ask(store)).rejects.toEqual(lost);
});

test('a note that cannot be read is not taken for none', async () => {
  await ask(known());
  writeFileSync(file, 'not JSON');
  await expect(ask(known())).rejects.toMatchObject({ code: 'ERR_UNABLE_REPLAY' });
  expect(readFileSync(file, 'utf8')).toBe('not JSON');
});

test('a process that notices the loss late, when another one goes on already, goes on as well', async () => {
  const [early, late] = [known(), known()];
  await ask(early);
  await ask(late);
  id = 'two';
  forgets = true;
  await expect(ask(early)).rejects.toMatchObject({ code: 'ERR_UNABLE_REPLAY' });
  forgets = false;
  await expect(ask(early)).rejects.toEqual(lost);
  acceptLoss(file);
  await expect(ask(early)).resolves.toHaveLength(1);
  forgets = true;
  await expect(ask(late)).rejects.toMatchObject({ code: 'ERR_UNABLE_REPLAY' });
  forgets = false;

  await expect(ask(late)).resolves.toHaveLength(1);
  expect(adopted).toEqual(['accepted']);
});

test('a note is written beside the old one under a name of its own: another process may write too, and be killed', async () => {
  writeFileSync(`${file}.new`, 'half of a no');
  await ask(known());

  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ id: 'one' });
  expect(readdirSync(dirname(file)).sort()).toEqual(['replay-store.json', 'replay-store.json.new']);
});
