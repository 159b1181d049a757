// The Merkle tree against RFC 9162’s own recursive definition.
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { merkleTree, nodePrimitives, pathNodes, rootOfPath } from '@sealwire/crypto';
import fc from 'fast-check';
import { argumentError, both } from './both-providers.js';

const { hash } = nodePrimitives;
const leaf = (i: number) => hash(Buffer.from(`leaf ${i}`));
const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => leaf(i));

function node(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0x01)).update(left).update(right).digest();
}

/** The largest power of two below `size`. */
function split(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

/** MTH of §2.1.1, on leaf hashes. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const k = split(leaves.length);
  return node(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

/** PATH of §2.1.3.1. */
function pathOf(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return index < k
    ? [...pathOf(index, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...pathOf(index - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

const sizes = fc.integer({ min: 1, max: 200 });

test('root and every path of every tree of up to 70 leaves are those of the recursive definition', () => {
  for (let size = 1; size <= 70; size++) {
    const leaves = leavesOf(size);
    const bytes = leaves.map((each) => Buffer.from(each, 'latin1'));
    const tree = merkleTree(leaves, hash);
    expect(tree.size).toBe(size);
    expect(Buffer.from(tree.root, 'latin1')).toEqual(mth(bytes));
    for (let index = 0; index < size; index++) {
      const path = tree.path(index);
      expect(path).toEqual(Buffer.concat(pathOf(index, bytes)));
      expect(path.length).toBe(32 * pathNodes(index, size));
      expect(rootOfPath(leaves[index]!, index, size, path, hash)).toBe(tree.root);
    }
  }
});

test('a tree of one is its leaf, and its path is empty', () => {
  const tree = merkleTree([leaf(0)], hash);
  expect(tree.root).toBe(leaf(0));
  expect(tree.path(0).length).toBe(0);
});

test('a tree costs one hash per inner node', () => {
  fc.assert(
    fc.property(sizes, (size) => {
      let hashes = 0;
      merkleTree(leavesOf(size), (data) => (hashes++, hash(data)));
      expect(hashes).toBe(size - 1);
    }),
  );
});

test('writePath writes what path gives, at the offset, and nothing beside it', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat({ max: 40 }), (size, at, offset) => {
      const tree = merkleTree(leavesOf(size), hash);
      const index = at % size;
      const path = tree.path(index);
      const target = Buffer.alloc(offset + path.length + 5, 0xee);
      expect(tree.writePath(index, target, offset)).toBe(offset + path.length);
      expect(target).toEqual(Buffer.concat([Buffer.alloc(offset, 0xee), path, Buffer.alloc(5, 0xee)]));
    }),
  );
});

test('both providers give the same tree', () => {
  const roots = both.map((provider) => merkleTree(leavesOf(13), provider.hash).root);
  expect(roots[0]).toBe(roots[1]);
});

describe('refused', () => {
  test('a tree without leaves', () => {
    expect(() => merkleTree([], hash)).toThrow(argumentError);
  });

  test.each([-1, 3, 0.5, Number.NaN])('the path of leaf %d of 3', (index) => {
    const tree = merkleTree(leavesOf(3), hash);
    expect(() => tree.path(index)).toThrow(argumentError);
    expect(() => tree.writePath(index, Buffer.alloc(100), 0)).toThrow(argumentError);
  });

  test('a target without room for the path', () => {
    const tree = merkleTree(leavesOf(4), hash);
    expect(() => tree.writePath(0, Buffer.alloc(63), 0)).toThrow(argumentError);
    expect(() => tree.writePath(0, Buffer.alloc(64), 1)).toThrow(argumentError);
  });
});
