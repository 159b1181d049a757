import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompactRange, hexOfHash, leafHash, type RangeState } from '../../src/index.js';

const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** RFC 9162 §2.1.1 by its own words. */
function treeHead(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.of(1), treeHead(leaves.slice(0, k)), treeHead(leaves.slice(k)));
}

describe('a compact range', () => {
  it('A-11: has the tree head of RFC 9162 over any events, also when it is gone on with elsewhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 130 }),
        fc.nat(130),
        (events, cut) => {
          let range = new CompactRange();
          events.forEach((event, at) => {
            if (at === cut) range = new CompactRange(JSON.parse(JSON.stringify(range.state())) as RangeState);
            range.append(leafHash(event));
          });
          expect(range.size).toBe(events.length);
          expect(hexOfHash(range.root())).toBe(treeHead(events.map((e) => Buffer.from(e))).toString('hex'));
        },
      ),
    );
  });

  it('A-7: hashes an event of any length over its bytes', () => {
    for (const length of [0, 1, 8_000, 16_384, 16_385, 100_000]) {
      const event = Buffer.alloc(length, 'x');
      expect(hexOfHash(leafHash(event))).toBe(sha256(Buffer.of(0), event).toString('hex'));
    }
  });
});
