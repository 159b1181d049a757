// Attacks on what a receiver keeps of sessions: colliding names, nothing vouched for, several runs at once, stores that fail.
import { describe, expect, it } from '@jest/globals';
import { InabilityError, KeyError, type KeyStore, type Received } from '@sealwire/core';
import { build, type Parts } from './reference.js';
import { nowMs, opener, world } from './world.js';

const w = world();

function record(given: Partial<Parts> = {}): Received {
  const { record: value, key } = build(given);
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '0' },
    value,
    key,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: nowMs,
  };
}

/** A store that counts, and answers when it is told to. */
function slowStore(answer: (dataKey: Buffer, call: number) => Buffer) {
  const waiting: (() => void)[] = [];
  let calls = 0;
  const store: KeyStore = {
    ...w.team,
    synchronous: false,
    unwrap: async (...args) => {
      const call = calls++;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return answer(await w.team.unwrap(...args), call);
    },
  };
  return {
    store,
    calls: () => calls,
    /** Lets those answer that wait by the end of this turn: a run asks only once it has parsed. */
    release: () => {
      setImmediate(() => {
        for (const go of waiting.splice(0)) go();
      });
    },
  };
}

const codesOf = (outcomes: readonly { verified: boolean; code?: string }[]) =>
  outcomes.map((outcome) => (outcome.verified ? 'verified' : outcome.code));

const flip = (at: number) => (bytes: Buffer) => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

describe('a session that collides with another by its last bytes', () => {
  // Same wraps, other terms: what the cache goes by is the same, and the wrap does not open under other terms.
  const honest = record();
  const unsigned = record({
    session: { instance: Buffer.alloc(16, 9), wraps: [build().wrap] },
    change: { proof: (proof) => flip(proof.length - 1)(proof) },
  });
  const signed = record({ session: { instance: Buffer.alloc(16, 9), wraps: [build().wrap] } });

  it.each([
    ['unsigned, before', [unsigned, honest], ['ERR_INTEGRITY_SIGNATURE', 'verified']],
    ['unsigned, between', [honest, unsigned, honest], ['verified', 'ERR_INTEGRITY_SIGNATURE', 'verified']],
    ['signed, before', [signed, honest, signed], ['ERR_KEY_WRAP', 'verified', 'ERR_KEY_WRAP']],
    ['signed, between', [honest, signed, honest], ['verified', 'ERR_KEY_WRAP', 'verified']],
  ])('changes no verdict: %s', async (_, batch, expected) => {
    const open = opener(w);
    expect(codesOf(await open(batch))).toEqual(expected);
    // Again with all kept, and one by one.
    expect(codesOf(await open(batch))).toEqual(expected);
    for (const [i, one] of batch.entries()) expect(codesOf(await open([one]))).toEqual([expected[i]]);
  });
});

describe('colliding sessions', () => {
  it.each([
    ['an allowed sender signed', false],
    ['nobody signed', true],
  ])('that %s make no message of another session ask the key store again', async (_, forged) => {
    let asked = 0;
    const open = opener(w, {
      ...w.team,
      unwrap: (...args) => {
        asked++;
        return w.team.unwrap(...args);
      },
    });
    const change = forged ? { proof: (proof: Buffer) => flip(proof.length - 1)(proof) } : {};
    const batch = Array.from({ length: 20 }, (_unused, i) => [
      record({
        session: { instance: Buffer.alloc(16, 9), wraps: [build().wrap] },
        header: { sequence: i },
        change,
      }),
      record({ session: { wraps: [build().wrap] }, header: { sequence: i } }),
    ]).flat();
    await open(batch);
    await open(batch);
    // Twice each at most: once a batch.
    expect(asked).toBeLessThanOrEqual(4);
  });
});

describe('runs that wait for the key store at the same time', () => {
  it('do not take the answer of one for another', async () => {
    const { store, release } = slowStore((dataKey) => dataKey);
    const open = opener(w, store);
    const one = record();
    const other = record({ session: { instance: Buffer.alloc(16, 8) }, header: { sequence: 8 } });
    const bad = record({ header: { sequence: 9 }, change: { mac: flip(0) } });
    const runs = [open([one, bad, other]), open([other]), open([bad, one])];
    release();
    expect((await Promise.all(runs)).map(codesOf)).toEqual([
      ['verified', 'ERR_INTEGRITY_MAC', 'verified'],
      ['verified'],
      ['ERR_INTEGRITY_MAC', 'verified'],
    ]);
  });

  it('ask once for a session within a run, however many messages wait for it', async () => {
    const { store, calls, release } = slowStore((dataKey) => dataKey);
    const run = opener(w, store)(Array.from({ length: 50 }, () => record()));
    release();
    expect(new Set(codesOf(await run))).toEqual(new Set(['verified']));
    expect(calls()).toBe(1);
  });
});

describe('a key store that fails', () => {
  it.each([
    ['InabilityError', new InabilityError('ERR_UNABLE_KEY_STORE', 'away')],
    ['an error of its own', new TypeError('no such slot')],
    ['no error at all', 'away' as unknown as Error],
  ])('by %s rejects nothing, and keeps nothing of the failure', async (_, failure) => {
    const { store, release } = slowStore((dataKey, call) => {
      if (call === 0) throw failure;
      return dataKey;
    });
    const open = opener(w, store);
    const first = open([record()]);
    release();
    await expect(first).rejects.toMatchObject({ code: 'ERR_UNABLE_KEY_STORE' });
    const second = open([record()]);
    release();
    expect(codesOf(await second)).toEqual(['verified']);
  });

  it('by answering with something that is no key rejects nothing', async () => {
    const open = opener(w, { ...w.team, unwrap: () => Promise.resolve(undefined as unknown as Buffer) });
    await expect(open([record()])).rejects.toBeInstanceOf(Error);
  });

  it('for one session leaves the verdict on it to that session', async () => {
    const { store, release } = slowStore((dataKey, call) => {
      if (call === 0) throw new KeyError('ERR_KEY_WRAP', 'It does not open.');
      return dataKey;
    });
    const run = opener(w, store)([record(), record({ session: { instance: Buffer.alloc(16, 8) } })]);
    release();
    expect(codesOf(await run)).toEqual(['ERR_KEY_WRAP', 'verified']);
  });
});

describe('an unsigned session', () => {
  it('[E-13] reaches no key store, and is not kept', async () => {
    let asked = 0;
    const open = opener(w, {
      ...w.team,
      unwrap: (...args) => {
        asked++;
        return w.team.unwrap(...args);
      },
    });
    const forged = record({ change: { proof: (proof) => flip(proof.length - 1)(proof) } });
    expect(codesOf(await open([forged, forged]))).toEqual([
      'ERR_INTEGRITY_SIGNATURE',
      'ERR_INTEGRITY_SIGNATURE',
    ]);
    expect(asked).toBe(0);
    expect(codesOf(await open([record()]))).toEqual(['verified']);
    expect(asked).toBe(1);
  });
});
