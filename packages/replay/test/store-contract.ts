// What every claim store promises: run by the tests of each of them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ClaimAnswer, ClaimStore } from '@sealwire/core';
import fc from 'fast-check';
import { claim as claimAt, hourMs } from './claims.ts';

export interface ContractStore {
  readonly store: ClaimStore;
  /** Ends the process that has it, without a word, and opens the same memory again. */
  again(): Promise<ClaimStore>;
  end(): Promise<void>;
}

const leaseMs = 60_000;
const granted: ClaimAnswer = { state: 'granted' };
const done: ClaimAnswer = { state: 'done' };
const held: ClaimAnswer = { state: 'held', leaseLeftMs: expect.any(Number) as unknown as number };

/** @param nowMs what the store’s own clock says, where it has one */
export function storeContract(name: string, nowMs: number, open: () => Promise<ContractStore>): void {
  const claim: typeof claimAt = (sequence, more) => claimAt(sequence, { issuedAtMs: nowMs, ...more });
  describe(name, () => {
    let opened: ContractStore;
    let store: ClaimStore;
    beforeEach(async () => {
      opened = await open();
      ({ store } = opened);
    });
    afterEach(() => opened.end());

    test('a message is granted to one owner; another is told how long that may last', async () => {
      const [first, second] = [claim(1), claim(1)];
      expect(await store.claim([first], leaseMs, nowMs)).toEqual([granted]);
      const [answer] = await store.claim([second], leaseMs, nowMs);
      expect(answer).toEqual(held);
      expect((answer as { leaseLeftMs: number }).leaseLeftMs).toBeGreaterThan(leaseMs / 2);
      expect((answer as { leaseLeftMs: number }).leaseLeftMs).toBeLessThanOrEqual(leaseMs);
    });

    test('two deliveries of one message in one batch: the first has it', async () => {
      const answers = await store.claim([claim(1), claim(2), claim(1)], leaseMs, nowMs);
      expect(answers).toEqual([granted, granted, held]);
    });

    test('an owner that asks again, because it did not hear the answer, is granted again', async () => {
      const mine = claim(1);
      await store.claim([mine], leaseMs, nowMs);
      expect(await store.claim([mine], leaseMs, nowMs)).toEqual([granted]);
    });

    test('what is done is done for everybody, its own owner too', async () => {
      const mine = claim(1);
      await store.claim([mine], leaseMs, nowMs);
      expect(await store.done([mine], nowMs)).toEqual([true]);
      expect(await store.claim([claim(1), mine, claim(2)], leaseMs, nowMs)).toEqual([done, done, granted]);
    });

    test('what is done stays done when the process ends without a word', async () => {
      const all = Array.from({ length: 300 }, (_, i) => claim(i * 7));
      await store.claim(all, leaseMs, nowMs);
      await store.done(all, nowMs);
      const again = await opened.again();
      const answers = await again.claim(
        Array.from({ length: 2100 }, (_, i) => claim(i)),
        leaseMs,
        nowMs,
      );
      expect(answers.map(({ state }) => state)).toEqual(
        Array.from({ length: 2100 }, (_, i) => (i % 7 === 0 ? 'done' : 'granted')),
      );
    });

    test('released is free; releasing what another has changes nothing', async () => {
      const [first, second] = [claim(1), claim(1)];
      await store.claim([first], leaseMs, nowMs);
      await store.release([second]);
      expect(await store.claim([second], leaseMs, nowMs)).toEqual([held]);
      await store.release([first]);
      expect(await store.claim([second], leaseMs, nowMs)).toEqual([granted]);
    });

    test('a lease ends by itself, unless it is renewed', async () => {
      const [renewed, left] = [claim(1), claim(2)];
      await store.claim([renewed, left], 300, nowMs);
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(await store.renew([renewed], leaseMs)).toEqual([true]);
      await new Promise((resolve) => setTimeout(resolve, 250));
      expect(await store.claim([claim(1), claim(2)], leaseMs, nowMs)).toEqual([held, granted]);
    });

    test('an owner whose lease was taken over renews, releases and finishes nothing', async () => {
      const [zombie, successor] = [claim(1), claim(1)];
      await store.claim([zombie], 50, nowMs);
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect(await store.claim([successor], leaseMs, nowMs)).toEqual([granted]);

      expect(await store.renew([zombie], leaseMs)).toEqual([false]);
      expect(await store.done([zombie], nowMs)).toEqual([false]);
      await store.release([zombie]);
      expect(await store.claim([claim(1)], leaseMs, nowMs)).toEqual([held]);
      expect(await store.done([successor], nowMs)).toEqual([true]);
      expect(await store.done([zombie], nowMs)).toEqual([true]);
    });

    test('a lease that ended, and that nobody took, can still be finished', async () => {
      const late = claim(1);
      await store.claim([late], 50, nowMs);
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect(await store.done([late], nowMs)).toEqual([true]);
      expect(await store.claim([claim(1)], leaseMs, nowMs)).toEqual([done]);
    });

    test('outside its window a message is too old: also where its handler, or what it waited for, took that long', async () => {
      const late = { issuedAtMs: nowMs - 2 * hourMs, windowMs: hourMs };
      expect(await store.claim([claim(1, late)], leaseMs, nowMs)).toEqual([{ state: 'forgotten' }]);

      expect(await store.done([claim(2, late)], nowMs)).toEqual([true]);
      const state = async () => (await store.claim([claim(2, late)], leaseMs, nowMs))[0]!.state;
      expect(['done', 'forgotten']).toContain(await state());
      // A copy that waited asks again within a second.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(['done', 'forgotten']).toContain(await state());
    });

    test('scopes, streams and sequences do not touch each other', async () => {
      const one = claim(5);
      await store.claim([one], leaseMs, nowMs);
      await store.done([one], nowMs);
      const others = [
        claim(5, { scope: 'elsewhere' }),
        claim(5, { stream: 1 }),
        claim(6),
        claim(5 + 1024),
        claim(2 ** 53 - 1),
      ];
      expect(await store.claim(others, leaseMs, nowMs)).toEqual(others.map(() => granted));
    });

    test('any run of claims, ends and releases: at most one owner at a time, and nothing after done', async () => {
      const step = fc.record({
        what: fc.constantFrom('claim', 'claim', 'done', 'release', 'renew' as const),
        message: fc.integer({ min: 0, max: 3 }),
        owner: fc.integer({ min: 0, max: 3 }),
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
          const stream = ++run;
          const owners = new Map<number, number>();
          const ended = new Set<number>();
          for (const { what, message, owner } of steps) {
            const one = claim(message, { stream, owner: `${run} ${owner}` });
            const holder = owners.get(message);
            if (what === 'claim') {
              const [answer] = await store.claim([one], leaseMs, nowMs);
              const expected = ended.has(message)
                ? 'done'
                : holder === undefined || holder === owner
                  ? 'granted'
                  : 'held';
              expect(answer!.state).toBe(expected);
              if (expected === 'granted') owners.set(message, owner);
            } else if (what === 'done') {
              const may = ended.has(message) || holder === undefined || holder === owner;
              expect(await store.done([one], nowMs)).toEqual([may]);
              if (may) {
                ended.add(message);
                owners.delete(message);
              }
            } else if (what === 'renew') {
              if (ended.has(message)) continue;
              const may = holder === undefined || holder === owner;
              expect(await store.renew([one], leaseMs)).toEqual([may]);
              if (may) owners.set(message, owner);
            } else {
              await store.release([one]);
              if (holder === owner) owners.delete(message);
            }
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
