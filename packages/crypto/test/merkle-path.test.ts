// From leaf and path to root: what is told, and what is refused.
import { describe, expect, test } from '@jest/globals';
import { merkleTree, nodePrimitives, pathNodes, rootOfPath } from '@sealwire/crypto';
import fc from 'fast-check';
import { flipped } from './both-providers.js';

const { hash } = nodePrimitives;
const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => hash(Buffer.from(`leaf ${i}`)));
const leafOfTree = fc
  .integer({ min: 1, max: 130 })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 1 }) }));

/** The path’s length by the algorithm of RFC 9162 §2.1.3.2, in integers without limit. */
function pathNodesByRule(index: number, size: number): number {
  let nodes = 0;
  for (let fn = BigInt(index), sn = BigInt(size - 1); sn > 0n; fn >>= 1n, sn >>= 1n) {
    if ((fn & 1n) === 1n || fn < sn) nodes++;
  }
  return nodes;
}

test('the length of a path follows the rule up to 2³²−1 leaves', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0xffff_ffff }), fc.nat({ max: 0xffff_ffff }), (size, at) => {
      expect(pathNodes(at % size, size)).toBe(pathNodesByRule(at % size, size));
    }),
    {
      numRuns: 1000,
      examples: [
        [0xffff_ffff, 0xffff_fffe],
        [0xffff_ffff, 0],
        [0x8000_0001, 0x8000_0000],
        [1, 0],
      ],
    },
  );
});

test('a changed leaf or path never gives the root', () => {
  fc.assert(
    fc.property(leafOfTree, fc.nat(), ({ size, index }, bit) => {
      const leaves = leavesOf(size);
      const tree = merkleTree(leaves, hash);
      const path = tree.path(index);
      const leaf = flipped(Buffer.from(leaves[index]!, 'latin1'), bit).toString('latin1');
      expect(rootOfPath(leaf, index, size, path, hash)).not.toBe(tree.root);
      if (path.length > 0) {
        expect(rootOfPath(leaves[index]!, index, size, flipped(path, bit), hash)).not.toBe(tree.root);
      }
    }),
  );
});

test('the leaf of one place does not pass for that of another', () => {
  fc.assert(
    fc.property(leafOfTree, fc.nat(), ({ size, index }, other) => {
      fc.pre(other % size !== index);
      const leaves = leavesOf(size);
      const tree = merkleTree(leaves, hash);
      expect(rootOfPath(leaves[index]!, other % size, size, tree.path(index), hash)).not.toBe(tree.root);
    }),
  );
});

test('every node on the way is told, with its place', () => {
  fc.assert(
    fc.property(leafOfTree, ({ size, index }) => {
      const leaves = leavesOf(size);
      const tree = merkleTree(leaves, hash);
      const told = new Map<string, string>();
      rootOfPath(leaves[index]!, index, size, tree.path(index), hash, (level, position, node) => {
        const name = `${level}/${position}`;
        expect(told.get(name)).toBeUndefined();
        told.set(name, node);
      });
      const levels = Math.ceil(Math.log2(size));
      expect(told.get('0/' + String(index))).toBe(leaves[index]);
      expect(told.get(`${levels}/0`)).toBe(tree.root);
      // The way has a node per level, and a sibling for each node of the path.
      expect(told.size).toBe(levels + 1 + pathNodes(index, size));
      for (const [name, node] of told)
        if (name.startsWith('0/')) expect(node).toBe(leaves[Number(name.slice(2))]);
    }),
  );
});

describe('null', () => {
  const leaves = leavesOf(5);
  const tree = merkleTree(leaves, hash);
  const path = tree.path(2);

  test.each([0, 1, 31, 32, 64, 95, 97, 128])('for a path of %d bytes where 96 belong', (bytes) => {
    const given = Buffer.concat([path, Buffer.alloc(64)]).subarray(0, bytes);
    expect(rootOfPath(leaves[2]!, 2, 5, given, hash)).toBeNull();
  });

  test.each([
    [5, 5],
    [6, 5],
    [-1, 5],
    [0, 0],
    [0, -1],
    [0.5, 5],
    [2, 5.5],
    [Number.NaN, 5],
    [2, Number.POSITIVE_INFINITY],
    [0, 2 ** 32],
    [2 ** 53, 2 ** 53 + 2],
  ])('for the index %d in a tree of %d', (index, size) => {
    for (let nodes = 0; nodes < 70; nodes++) {
      expect(rootOfPath(leaves[2]!, index, size, Buffer.alloc(32 * nodes), hash)).toBeNull();
    }
  });

  test.each(['', 'short', leaves[0]! + 'x'])('for a leaf that is no hash', (leaf) => {
    expect(rootOfPath(leaf, 2, 5, path, hash)).toBeNull();
  });
});
