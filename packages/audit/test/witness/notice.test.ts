// Notices: one form, and whose word is taken.
import { describe, expect, test } from '@jest/globals';
import { InabilityError } from '@sealwire/core';
import fc from 'fast-check';
import { maxNoticeBytes, noticeText, parseNotice } from '../../src/witness/notice.js';
import { isTrusted, type NoticeTrust } from '../../src/witness/notice-trust.js';
import { madeAgent } from '../verify/made-trail.ts';
import { directoryOf, madeNotice } from './made-notice.ts';

const [alice, bob] = [madeAgent('alice'), madeAgent('bob')];
const nowMs = Date.UTC(2026, 0, 1);
const parts = {
  place: 'kafka',
  chain: 'ab'.repeat(16),
  sequence: 7,
  leafHash: 'cd'.repeat(32),
  timeMs: nowMs,
};
const minute = 60_000;

describe('A-19: a notice', () => {
  test('is read as SPEC.md writes it', () => {
    expect(parseNotice(madeNotice(alice, parts))).toMatchObject({
      ...parts,
      keyId: alice.keyId,
      agent: 'alice',
      text: noticeText({ ...parts, keyId: alice.keyId }),
    });
  });

  test('has room for the longest name, each of whose characters is written as three', () => {
    const name = '+'.repeat(255);
    const notice = madeNotice(alice, { ...parts, sequence: 2 ** 53 - 1 }, '%2B'.repeat(255));
    expect(notice.length).toBeLessThanOrEqual(maxNoticeBytes);
    expect(parseNotice(notice)?.agent).toBe(name);
  });

  test.each([
    ['a number with a leading zero', (text: string) => text.replace('\n7\n', '\n07\n')],
    ['no place', (text: string) => text.replace('/kafka/', '/')],
    ['a place that is none', (text: string) => text.replace('/kafka/', '/Kafka/')],
    ['more behind its chain', (text: string) => text.replace('abab\n', 'abab/0\n')],
    ['another first line', (text: string) => text.replace('audit-notice', 'audit-checkpoint')],
    ['a chain that is none', (text: string) => text.replace('abab', 'ABAB')],
    ['a hash of another length', (text: string) => text.replace(/\n[\w+/]{43}=\n/, '\nzc3N\n')],
    ['a line more', (text: string) => text.replace('\ntime', '\nseen x\ntime')],
    ['a time that is none', (text: string) => text.replace(/time \d+/, 'time -1')],
    ['a name that is written otherwise', (text: string) => text.replace('\u2014 alice', '\u2014 %61lice')],
    ['two signatures', (text: string) => text + text.slice(text.indexOf('\u2014'))],
    ['no signature', (text: string) => text.slice(0, text.indexOf('\u2014'))],
    ['something behind it', (text: string) => `${text} `],
    ['a dash that is cut', (text: string) => Buffer.from(text).subarray(0, -100).toString('latin1')],
  ])('with %s is none', (_, change) => {
    const text = madeNotice(alice, parts).toString();
    expect(parseNotice(Buffer.from(change(text)))).toBeNull();
  });

  test('A-20: is read from any bytes without an error, and has one form', () => {
    const good = madeNotice(alice, parts);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }).map((some) => Buffer.from(some)),
      fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
        const changed = Buffer.from(good);
        changed[at] = byte;
        return changed;
      }),
    );
    fc.assert(
      fc.property(bytes, (some) => {
        const notice = parseNotice(some);
        if (notice === null || some.equals(good)) return;
        // What still has the form says something else, or is signed otherwise.
        expect(isTrusted(notice, trustOf(), nowMs)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

const trustOf = (
  terms: Parameters<typeof directoryOf>[1] = {},
  nameOf = (agent: string) => agent,
): NoticeTrust => ({ place: 'kafka', directory: directoryOf([alice, bob], terms), nameOf });

describe('A-20: a notice', () => {
  const judged = (notice: Buffer, trust = trustOf()): boolean =>
    isTrusted(parseNotice(notice)!, trust, nowMs);

  test('is believed of whom the directory lists its key', () => {
    expect(judged(madeNotice(alice, parts))).toBe(true);
    expect(judged(madeNotice(alice, parts, 'bob'))).toBe(false);
    expect(judged(madeNotice(madeAgent('alice'), parts))).toBe(false);
  });

  test('is believed at the place only that it was made for, for elsewhere its chain does not stand', () => {
    const copied = madeNotice(alice, { ...parts, place: 'rabbitmq' });
    expect(judged(copied)).toBe(false);
    expect(judged(copied, { ...trustOf(), place: 'rabbitmq' })).toBe(true);
  });

  test('is believed under the pseudonym of its agent only, where there are pseudonyms', () => {
    const trust = trustOf({}, (agent) => `p-${agent}`);
    expect(judged(madeNotice(alice, parts, 'p-alice'), trust)).toBe(true);
    expect(judged(madeNotice(alice, parts), trust)).toBe(false);
  });

  test.each([
    ['older than 90 minutes', -91 * minute, false],
    ['an hour old', -60 * minute, true],
    ['of a clock that is half an hour ahead', 29 * minute, true],
    ['of a clock that is wrong', 31 * minute, false],
  ])('that is %s', (_, byMs, believed) => {
    expect(judged(madeNotice(alice, { ...parts, timeMs: nowMs + byMs }))).toBe(believed);
  });

  test.each([
    ['not valid yet', { notBeforeMs: nowMs + minute }],
    ['no longer valid', { notAfterMs: nowMs - minute }],
    // Whoever stole it would say that it was made before.
    ['distrusted now', { distrustFromMs: nowMs }],
  ])('whose key is %s is not believed', (_, terms) => {
    const timeMs = nowMs - ('distrustFromMs' in terms ? minute : 0);
    expect(judged(madeNotice(alice, { ...parts, timeMs }), trustOf(terms))).toBe(false);
    expect(judged(madeNotice(alice, { ...parts, timeMs }))).toBe(true);
  });

  test('is believed where clocks differ by some seconds as its key begins or ends', () => {
    const seconds = 20_000;
    expect(judged(madeNotice(alice, parts), trustOf({ notBeforeMs: nowMs + seconds }))).toBe(true);
    expect(judged(madeNotice(alice, parts), trustOf({ notAfterMs: nowMs - seconds }))).toBe(true);
  });

  test('of more bytes than any has is none', () => {
    expect(parseNotice(madeNotice(alice, parts, 'a'.repeat(maxNoticeBytes / 2)))).not.toBeNull();
    expect(parseNotice(madeNotice(alice, parts, 'a'.repeat(maxNoticeBytes)))).toBeNull();
  });

  test('is not believed, and is no error, while the directory cannot be relied on', () => {
    const directory = {
      signingKey: () => {
        throw new InabilityError('ERR_UNABLE_DIRECTORY', 'expired');
      },
    };
    expect(judged(madeNotice(alice, parts), { place: 'kafka', directory, nameOf: (agent) => agent })).toBe(
      false,
    );
  });
});
