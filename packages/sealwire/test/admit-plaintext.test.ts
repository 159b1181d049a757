// The end of a channel's time while a batch waits for the sessions of its sealed messages.
import { beforeEach, expect, test } from '@jest/globals';
import type { Received } from '@sealwire/core';
import { plaintextDivision } from '../src/admit-plaintext.js';
import { KnownToSeal } from '../src/known-to-seal.js';
import type { StageParts } from '../src/stages.js';
import { now, plaintext, reset, terms } from './plaintext-world.js';

beforeEach(reset);

test('plaintext is not handed over when its time ended meanwhile: the batch is judged again', () => {
  const parts = {
    clock: { nowMs: () => now.nowMs },
    directory: { realm: Buffer.alloc(16, 7) },
    routes: { admitPlaintext: true, plaintextOn: () => terms },
  } as unknown as StageParts;
  const divide = plaintextDivision(
    parts,
    () => 'tasks',
    () => undefined,
    new KnownToSeal(),
  );
  const batch: readonly Received[] = [plaintext()];
  now.nowMs = terms.untilMs - 1;
  const divided = divide(batch)!;
  expect(divided.sealed).toEqual([]);
  now.nowMs = terms.untilMs;
  expect(() => divided.merge([])).toThrow(expect.objectContaining({ code: 'ERR_UNABLE_POLICY' }));
  // Then all of it goes the way of all messages.
  expect(divide(batch)).toBeNull();
});
