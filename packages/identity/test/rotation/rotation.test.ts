// Rotation that runs by itself: on time, after failures, until it is closed.
import { afterEach, describe, expect, it } from '@jest/globals';
import { SealwireError } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { KeyIntents } from '../../src/rotation/key-intents.js';
import type { Rotated } from '../../src/rotation/rotate.js';
import { startRotation, type Rotation, type RotationOptions } from '../../src/rotation/rotation.js';
import { issuer, newPair, now } from '../directory/world.js';
import { Realm, settings, type Process } from './realm.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A clock that runs, from the time at which the realm was made. */
class RunningClock {
  ms = 0;
  readonly #began = Date.now();
  readonly #from: number;
  constructor(from: number) {
    this.#from = from;
  }
  nowMs(): number {
    return this.#from + Date.now() - this.#began + this.ms;
  }
}

interface Running {
  readonly alice: Process;
  readonly rotation: Rotation;
  readonly outcomes: (Rotated | SealwireError)[];
  /** Resolves when something was reported that fits. */
  reported(fits: (outcome: Rotated | SealwireError) => boolean): Promise<void>;
}

async function running(changes: Partial<RotationOptions> = {}): Promise<Running> {
  const realm = await Realm.begin(['alice']);
  (realm as { clock: unknown }).clock = new RunningClock(now);
  closing.push(() => realm.close());
  const alice = await realm.process('alice');
  const outcomes: (Rotated | SealwireError)[] = [];
  const waiting: (() => void)[] = [];
  const rotation = startRotation({
    directory: alice.directory,
    keyStore: alice.keyStore,
    issuer,
    settings: { ...settings, intervalMs: 1_000, destroyAfterMs: 5_000 },
    primitives,
    clock: realm.clock,
    intents: new KeyIntents(null),
    random: () => 0,
    report(outcome) {
      outcomes.push(outcome);
      for (const wake of waiting.splice(0)) wake();
    },
    ...changes,
  });
  closing.push(() => rotation.close());
  return {
    alice,
    rotation,
    outcomes,
    async reported(fits) {
      while (!outcomes.some(fits)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

const made = (outcome: Rotated | SealwireError, why: string): boolean =>
  !(outcome instanceof SealwireError) && outcome.keys.some((key) => key.why === why);

describe('a rotation that runs', () => {
  it('makes what is missing, and the next key when its time comes', async () => {
    const { alice, rotation, reported, outcomes } = await running();
    await reported((outcome) => made(outcome, 'first'));
    await reported((outcome) => made(outcome, 'interval'));
    expect(rotation.problem).toBeNull();
    expect(outcomes.some((outcome) => outcome instanceof SealwireError)).toBe(false);
    expect(alice.directory.sealingKeys('alice').length).toBeGreaterThanOrEqual(2);
  });

  it('says why it cannot, and goes on by itself when it can', async () => {
    const { alice, rotation, reported } = await running();
    await reported((outcome) => made(outcome, 'first'));
    const { source } = alice.directory;
    const publish = source.publish!.bind(source);
    source.publish = () => Promise.reject(new Error('away'));
    await reported((outcome) => outcome instanceof SealwireError);
    expect(rotation.problem).toMatchObject({ code: 'ERR_UNABLE_KEY_STORE' });
    source.publish = publish;
    await reported((outcome) => made(outcome, 'interval') || made(outcome, 'late'));
    await rotation.run();
    expect(rotation.problem).toBeNull();
  });

  it('refuses a key that is no issuer’s, and says so', async () => {
    const { rotation } = await running({ issuer: newPair() });
    await rotation.run();
    expect(rotation.problem).toMatchObject({ code: 'ERR_KEY_DIRECTORY', facts: { reason: 'delegation' } });
  });

  it('does nothing any more once it is closed', async () => {
    const { alice, rotation, outcomes } = await running();
    await rotation.close();
    const { length } = outcomes;
    await rotation.run();
    await alice.directory.refresh();
    expect(outcomes).toHaveLength(length);
  });

  it('shares an attempt among all who ask', async () => {
    const { rotation } = await running();
    const first = rotation.run();
    expect(rotation.run()).toBe(first);
    await first;
  });
});
