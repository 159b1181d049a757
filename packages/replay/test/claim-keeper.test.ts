import { afterEach, expect, test } from '@jest/globals';
import { UsageError, type Claim, type ClaimAnswer, type ClaimStore, type Verified } from '@sealwire/core';
import { ClaimKeeper } from '../src/claim-keeper.js';
import { claim as claimOf, startMs } from './claims.ts';

/** Answers what a test tells it to, and notes what it was asked. */
class ToldStore implements ClaimStore {
  readonly asked: Claim[] = [];
  readonly renewed: string[] = [];
  readonly released: string[] = [];
  answer: ClaimAnswer = { state: 'granted' };
  renews = true;
  finishes = true;

  claim(claims: readonly Claim[]): Promise<readonly ClaimAnswer[]> {
    this.asked.push(...claims);
    return Promise.resolve(claims.map(() => this.answer));
  }
  renew(claims: readonly Claim[]): Promise<readonly boolean[]> {
    this.renewed.push(...claims.map(({ owner }) => owner));
    return Promise.resolve(claims.map(() => this.renews));
  }
  done(claims: readonly Claim[]): Promise<readonly boolean[]> {
    return Promise.resolve(claims.map(() => this.finishes));
  }
  release(claims: readonly Claim[]): Promise<void> {
    this.released.push(...claims.map(({ owner }) => owner));
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

let keeper: ClaimKeeper | null = null;
afterEach(() => keeper?.close());

function keep(store: ClaimStore, more: { receiver?: string; realm?: number } = {}): ClaimKeeper {
  keeper = new ClaimKeeper({
    open: () => Promise.resolve(store),
    realm: Buffer.alloc(16, more.realm ?? 1),
    receiverOf: () => more.receiver ?? 'alice',
    windowMsOf: () => 1000,
    leaseMs: 30,
    clock: { nowMs: () => startMs },
  });
  return keeper;
}

const verified = (sequence = 1, channel = 'orders', sender = 'bob'): Verified =>
  ({
    verified: true,
    received: { source: {}, value: Buffer.from('sealed'), key: null },
    facts: {
      sender,
      recipients: ['team'],
      type: 't',
      channel,
      nonce: claimOf(sequence).nonce,
      issuedAtMs: startMs,
    },
  }) as unknown as Verified;

const ask = (message: Verified, redelivered = false) => ({ verified: message, redelivered });
const turn = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('what was done already is a duplicate where the broker says that it delivers again, and a replay where not', async () => {
  const store = new ToldStore();
  store.answer = { state: 'done' };
  const answers = await keep(store).claim([ask(verified(), true), ask(verified())]);

  expect(answers).toEqual([
    {
      state: 'refused',
      rejected: expect.objectContaining({
        code: 'ERR_POLICY_DUPLICATE',
        claims: { sender: 'bob', recipients: ['team'], type: 't' },
      }),
    },
    { state: 'refused', rejected: expect.objectContaining({ code: 'ERR_POLICY_REPLAY' }) },
  ]);
});

test('what the store cannot know any more is too old', async () => {
  const store = new ToldStore();
  store.answer = { state: 'forgotten' };
  expect(await keep(store).claim([ask(verified())])).toEqual([
    { state: 'refused', rejected: expect.objectContaining({ code: 'ERR_POLICY_AGE' }) },
  ]);
});

test('a copy of what is being handled is asked for again within a second, however long the lease', async () => {
  const store = new ToldStore();
  store.answer = { state: 'held', leaseLeftMs: 90_000 };
  expect(await keep(store).claim([ask(verified())])).toEqual([{ state: 'held', askAgainInMs: 1000 }]);
  store.answer = { state: 'held', leaseLeftMs: 20 };
  expect(await keeper!.claim([ask(verified())])).toEqual([{ state: 'held', askAgainInMs: 20 }]);
});

test('every delivery asks under a name of its own, and under the same name when it asks again', async () => {
  const store = new ToldStore();
  keep(store);
  const [one, copy] = [verified(), verified()];
  await keeper!.claim([ask(one), ask(copy)]);
  await keeper!.claim([ask(one)]);
  const [first, second, again] = store.asked;

  expect(first!.owner).not.toBe(second!.owner);
  expect(again!.owner).toBe(first!.owner);
});

test('realm, receiver, channel and sender each have a memory of their own', async () => {
  const scopes = new Set<string>();
  for (const [more, channel, sender] of [
    [{}, 'orders', undefined],
    [{}, 'events', undefined],
    [{}, 'orders', 'mallory'],
    [{ receiver: 'carol' }, 'orders', undefined],
    [{ realm: 2 }, 'orders', undefined],
    // Where one name ends and the next begins is part of it.
    [{ receiver: 'alic' }, 'eorders', undefined],
  ] as const) {
    const store = new ToldStore();
    await keep(store, more).claim([ask(verified(1, channel, sender))]);
    scopes.add(store.asked[0]!.scope);
  }
  expect(scopes.size).toBe(6);
});

test('a claim is renewed while the message is handled, and not after it is done, released or lost', async () => {
  const store = new ToldStore();
  keep(store);
  const answers = await keeper!.claim([ask(verified(1)), ask(verified(2)), ask(verified(3))]);
  const [a, b, c] = answers.map((answer) => (answer as { held: { claims: Claim[] } }).held);
  await turn(45);
  expect(new Set(store.renewed)).toEqual(
    new Set([a!.claims[0]!.owner, b!.claims[0]!.owner, c!.claims[0]!.owner]),
  );

  expect(await keeper!.done([a!])).toEqual([true]);
  await keeper!.release([b!]);
  expect(store.released).toEqual([b!.claims[0]!.owner]);
  await turn(1);
  store.renewed.length = 0;
  store.renews = false;
  await turn(45);
  expect(store.renewed).toEqual([c!.claims[0]!.owner]);
});

test('what could not be finished, because another has it, stays with the caller', async () => {
  const store = new ToldStore();
  store.finishes = false;
  const [answer] = await keep(store).claim([ask(verified())]);
  expect(await keeper!.done([(answer as { held: { claims: Claim[] } }).held])).toEqual([false]);
});

test('a store that does not open is tried again at the next question', async () => {
  let opened = 0;
  const store = new ToldStore();
  keeper = new ClaimKeeper({
    open: () =>
      ++opened === 1 ? Promise.reject(new UsageError('ERR_USAGE_REPLAY', 'in use')) : Promise.resolve(store),
    realm: Buffer.alloc(16),
    receiverOf: () => 'alice',
    windowMsOf: () => 1000,
    leaseMs: 1000,
    clock: { nowMs: () => startMs },
  });
  await expect(keeper.ready()).rejects.toMatchObject({ code: 'ERR_USAGE_REPLAY' });
  await expect(keeper.claim([ask(verified())])).resolves.toHaveLength(1);
  expect(opened).toBe(2);
});

test('releasing never throws: where the store cannot be reached, the lease ends by itself', async () => {
  const store = new ToldStore();
  const [answer] = await keep(store).claim([ask(verified())]);
  store.release = () => Promise.reject(new Error('away'));
  await expect(keeper!.release([(answer as { held: { claims: Claim[] } }).held])).resolves.toBeUndefined();
});

test('a message that was re-driven claims its carrier’s nonce and its own, by the carrier’s time, both or neither', async () => {
  const store = new ToldStore();
  const original = verified(1);
  const carrier = { ...verified(9).facts, issuedAtMs: startMs + 5000 };
  const redriven = { ...original, redriven: { carrier } } as unknown as Verified;
  await keep(store).claim([ask(redriven)]);
  expect(store.asked).toHaveLength(2);
  expect(store.asked.map(({ nonce }) => nonce.readUInt8(27))).toEqual([9, 1]);
  expect(store.asked.map(({ issuedAtMs }) => issuedAtMs)).toEqual([startMs + 5000, startMs + 5000]);

  store.claim = (claims) =>
    Promise.resolve(
      claims.map((_, i) => (i === 0 ? { state: 'granted' } : { state: 'held', leaseLeftMs: 7 })),
    );
  const copy = { ...redriven };
  expect(await keeper!.claim([ask(copy)])).toEqual([{ state: 'held', askAgainInMs: 7 }]);
  expect(store.released).toHaveLength(1);
  store.claim = (claims) =>
    Promise.resolve(claims.map((_, i) => (i === 0 ? { state: 'granted' } : { state: 'done' })));
  expect(await keeper!.claim([ask(copy)])).toMatchObject([
    { state: 'refused', rejected: { code: 'ERR_POLICY_REPLAY' } },
  ]);
});
