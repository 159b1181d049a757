// What is kept of a session topic when there is more than fits.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OfferedSession } from '@sealwire/core';
import { SessionIndex, type IndexRules } from '../src/session-index.js';

/** Sessions of 600 bytes: 1,000 with what goes with each. */
const offer = (name: string, senderKeyId: string, signed = true): OfferedSession => ({
  reference: name,
  session: Buffer.alloc(600, name),
  signature: Buffer.from(signed ? 'signed' : 'forged'),
  senderKeyId,
});

function indexOf(entries: number, listed: readonly string[] = ['alice', 'bob']) {
  const state = { checks: 0, listed: new Set(listed), directoryVersion: 1 };
  const rules: IndexRules = {
    get directoryVersion() {
      return state.directoryVersion;
    },
    isListed: (id) => state.listed.has(id),
    isSigned: ({ signature }) => {
      state.checks++;
      return signature.toString() === 'signed';
    },
  };
  return { index: new SessionIndex(rules, entries * 1000), state };
}

describe('the index of a session topic', () => {
  test('checks a signature when its session is first wanted, once, and not before', () => {
    const { index, state } = indexOf(10);
    for (let i = 0; i < 10; i++) index.add(offer(`${i}`, 'alice'));
    expect(state.checks).toBe(0);
    expect(index.get('3')).toEqual(Buffer.alloc(600, '3'));
    index.get('3');
    expect(state.checks).toBe(1);
    expect([index.get('x'), index.incomplete]).toEqual([null, false]);
  });

  test('gives no session that is not signed, and takes the signed one that comes after it', () => {
    const { index } = indexOf(10);
    index.add(offer('a', 'alice', false));
    expect(index.get('a')).toBeNull();
    index.add(offer('a', 'alice'));
    expect(index.get('a')).not.toBeNull();
  });

  test('[E-33] a copy of an honest session under another signature, read first, does not take its place', () => {
    const { index, state } = indexOf(10);
    index.add(offer('a', 'alice', false));
    index.add(offer('a', 'alice'));
    expect(index.get('a')).not.toBeNull();
    // Once the honest one is known, copies cost nothing more.
    const { checks } = state;
    for (let i = 0; i < 100; i++) index.add({ ...offer('a', 'alice'), signature: Buffer.from(`forged${i}`) });
    expect([state.checks, index.bytes]).toEqual([checks, 1000]);
    // Nor while nobody can tell them apart.
    for (let i = 0; i < 5; i++) index.add({ ...offer('c', 'carol'), signature: Buffer.from(`forged${i}`) });
    index.add(offer('c', 'carol'));
    index.add(offer('c', 'carol'));
    state.listed.add('carol');
    state.directoryVersion++;
    expect(index.get('c')).not.toBeNull();
    expect([index.bytes, index.incomplete]).toEqual([2000, false]);
  });

  test('more copies than it keeps of a session that nobody lists are told as lost, not as absent', () => {
    const { index, state } = indexOf(100);
    for (let i = 0; i < 70; i++) index.add({ ...offer('c', 'carol'), signature: Buffer.from(`forged${i}`) });
    index.add(offer('c', 'carol'));
    state.listed.add('carol');
    state.directoryVersion++;
    expect([index.get('c'), index.incomplete]).toEqual([null, true]);
    index.add(offer('c', 'carol'));
    expect(index.get('c')).not.toBeNull();
  });

  test('gives a session whose key is not listed: who uses it refuses it for that, until it is listed', () => {
    const { index, state } = indexOf(10);
    index.add(offer('a', 'carol', false));
    expect(index.get('a')).not.toBeNull();
    state.listed.add('carol');
    expect(index.get('a')).toBeNull();
  });

  test('loses nothing good to a flood of junk, whether in the name of others or of nobody', () => {
    const { index } = indexOf(20);
    for (let i = 0; i < 10; i++) index.add(offer(`good${i}`, i % 2 === 0 ? 'alice' : 'bob'));
    for (let i = 0; i < 500; i++) {
      index.add(offer(`forged${i}`, 'alice', false));
      index.add(offer(`unlisted${i}`, `nobody${i}`, false));
    }
    expect(index.incomplete).toBe(false);
    for (let i = 0; i < 10; i++) expect(index.get(`good${i}`)).not.toBeNull();
    expect(index.bytes).toBeLessThanOrEqual(20_000);
  });

  test('lets an insider push out his own sessions only, and says that it is incomplete', () => {
    const { index } = indexOf(20);
    for (let i = 0; i < 5; i++) index.add(offer(`good${i}`, 'alice'));
    for (let i = 0; i < 100; i++) index.add(offer(`own${i}`, 'bob'));
    for (let i = 0; i < 5; i++) expect(index.get(`good${i}`)).not.toBeNull();
    expect([index.get('own0'), index.get('own99') === null, index.incomplete]).toEqual([null, false, true]);
  });

  test('is incomplete once a directory comes that may list what was pushed out before', () => {
    const { index, state } = indexOf(2);
    for (const name of ['a', 'b', 'c']) index.add(offer(name, 'carol'));
    expect(index.incomplete).toBe(false);
    state.directoryVersion++;
    expect(index.incomplete).toBe(true);
  });

  test('never holds more than it may, and finds whatever it holds', () => {
    const record = fc.record({
      name: fc.integer({ min: 0, max: 60 }),
      by: fc.constantFrom('alice', 'bob', 'carol'),
      signed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 200 }), (records) => {
        const { index } = indexOf(12);
        for (const { name, by, signed } of records) {
          index.add(offer(`${name}`, by, signed));
          expect(index.bytes).toBeLessThanOrEqual(12_000);
        }
        const honest = records.filter(({ by, signed }) => signed && by !== 'carol');
        const found = honest.filter(({ name }) => index.get(`${name}`) !== null).length;
        if (!index.incomplete && records.every(({ signed, by }) => signed && by !== 'carol'))
          expect(found).toBe(honest.length);
      }),
    );
  });
});
