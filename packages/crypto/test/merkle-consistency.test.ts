// Consistency between trees that the package builds itself, by the definition of RFC 9162 §2.1.4.1.
import { expect, test } from '@jest/globals';
import { isConsistent, merkleTree } from '../src/index.js';
import { nodePrimitives } from '../src/node-primitives.js';

const { hash } = nodePrimitives;
const leaves = Array.from({ length: 20 }, (_, i) => hash(Buffer.from(`leaf ${i}`)));
const rootOf = (some: readonly string[]) => merkleTree(some, hash).root;

/** SUBPROOF(m, D_n, b), as the RFC defines it. */
function subproof(m: number, some: readonly string[], whole: boolean): string[] {
  if (m === some.length) return whole ? [] : [rootOf(some)];
  const k = 2 ** Math.floor(Math.log2(some.length - 1));
  return m <= k
    ? [...subproof(m, some.slice(0, k), whole), rootOf(some.slice(k))]
    : [...subproof(m - k, some.slice(k), false), rootOf(some.slice(0, k))];
}

const head = (size: number) => ({ size, root: rootOf(leaves.slice(0, size)) });
const bytes = (nodes: readonly string[]) => Buffer.from(nodes.join(''), 'latin1');

test('every tree is consistent with every one that it begins with, by the RFC’s proof and by no other', () => {
  for (let large = 1; large <= leaves.length; large++) {
    for (let small = 1; small <= large; small++) {
      const proof = subproof(small, leaves.slice(0, large), true);
      expect(isConsistent(head(small), head(large), bytes(proof), hash)).toBe(true);
      const others = [[...proof, leaves[0]!], proof.slice(0, -1), proof.slice(1), proof.toReversed()];
      for (const other of others) {
        if (other.join() === proof.join()) continue;
        expect(isConsistent(head(small), head(large), bytes(other), hash)).toBe(false);
      }
    }
  }
});

test('a tree that changed an early leaf is not consistent', () => {
  const forged = leaves.with(0, leaves[1]!);
  const larger = { size: 20, root: rootOf(forged) };
  expect(isConsistent(head(7), larger, bytes(subproof(7, forged, true)), hash)).toBe(false);
});

test.each([0, -1, 1.5, NaN, 2 ** 32])('a size of %d is none', (size) => {
  expect(isConsistent({ ...head(1), size }, head(2), Buffer.alloc(32), hash)).toBe(false);
  expect(isConsistent(head(1), { ...head(2), size }, Buffer.alloc(32), hash)).toBe(false);
});

test('a proof of 31 bytes, or roots that are no hashes, show nothing', () => {
  expect(isConsistent(head(1), head(2), Buffer.alloc(31), hash)).toBe(false);
  expect(isConsistent({ size: 1, root: '' }, { size: 1, root: '' }, Buffer.alloc(0), hash)).toBe(false);
});
