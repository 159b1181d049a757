// Junk is not amplified, and nothing honest is kept as less than itself.
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRedrivable, recordHash, codes, type Code, type Received, type Rejected } from '@sealwire/core';
import { JunkLimit } from '../src/junk-limit.js';

function rejected(offset: number, code: Code = 'ERR_FORMAT_NOT_SEALED', partition = 0): Rejected {
  const received: Received = {
    source: { transport: 'kafka', topic: 't', partition, offset: `${offset}` },
    value: Buffer.from(`junk ${offset}`),
    key: null,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: 0,
  };
  return {
    verified: false,
    received,
    code,
    reason: '',
    recordHash: recordHash(received),
    claims: null,
    session: null,
  };
}

const many = (count: number, from = 0, code?: Code, partition?: number): Rejected[] =>
  Array.from({ length: count }, (_, i) => rejected(from + i, code, partition));

describe('above the rate', () => {
  test('the rest is one range, with offsets and a digest by which every record can be found and known again', () => {
    const limit = new JunkLimit({ burst: 3, perSecond: 1 });
    const all = [...many(5), ...many(3, 7), rejected(12)];
    const kept = limit.divide(all, 0);
    expect(kept.slice(0, 3)).toEqual(all.slice(0, 3));
    expect(kept).toHaveLength(4);
    const digest = createHash('sha256');
    for (const { recordHash: hash } of all.slice(3)) digest.update(hash);
    expect(kept[3]!.range).toEqual({ count: 6, offsets: '3-4,7-9,12', digest: digest.digest() });
    expect(kept[3]!.received).toBe(all[3]!.received);
  });

  test('rates are counted by partition and reason, and recover with time', () => {
    const limit = new JunkLimit({ burst: 2, perSecond: 1 });
    expect(limit.divide(many(4), 0)).toHaveLength(3);
    expect(limit.divide(many(2, 4, 'ERR_FORMAT_VERSION' satisfies Code), 0)).toHaveLength(2);
    expect(limit.divide(many(2, 4, 'ERR_INTEGRITY_MAC'), 0)).toHaveLength(2);
    expect(limit.divide(many(2, 0, undefined, 1), 0)).toHaveLength(2);
    expect(limit.divide(many(3, 9), 0)).toHaveLength(1);
    const after = many(2, 20);
    expect(limit.divide(after, 2000)).toBe(after);
  });

  test('a single one is kept as it is', () => {
    const limit = new JunkLimit({ burst: 1, perSecond: 0 });
    const all = many(2);
    expect(limit.divide(all, 0)).toEqual(all);
  });
});

test('whatever comes, each record is kept itself or stands in a range, and what could be honest is kept itself', () => {
  const known = Object.keys(codes).filter((code) =>
    /^ERR_(FORMAT|KEY|POLICY|INTEGRITY|VALIDATION)_/.test(code),
  );
  const arrivals = fc.array(fc.constantFrom(...(known as Code[])), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, fc.nat(5), (given, burst) => {
      const all = given.map((code, offset) => rejected(offset, code));
      const kept = new JunkLimit({ burst, perSecond: 0 }).divide(all, 0);
      const seen: string[] = [];
      for (const one of kept) {
        const { offset } = one.received.source as { offset: string };
        if (one.range === undefined) {
          seen.push(offset);
          continue;
        }
        expect(isRedrivable(one.code)).toBe(false);
        for (const run of one.range.offsets.split(',')) {
          const [first, last = first] = run.split('-');
          for (let at = Number(first); at <= Number(last); at++) {
            expect(all[at]!.code).toBe(one.code);
            seen.push(`${at}`);
          }
        }
      }
      expect(seen.sort()).toEqual(all.map((_, offset) => `${offset}`).sort());
    }),
  );
});

test('plaintext is counted for whatever reason it is refused: anybody who may write can make it', () => {
  const limit = new JunkLimit({ burst: 2, perSecond: 1 });
  const plain = many(5, 0, 'ERR_VALIDATION_PAYLOAD').map((one): Rejected => ({ ...one, wasPlain: true }));
  expect(limit.divide(plain, 0)).toHaveLength(3);
  expect(limit.divide(many(5, 5, 'ERR_VALIDATION_PAYLOAD'), 0)).toHaveLength(5);
});
