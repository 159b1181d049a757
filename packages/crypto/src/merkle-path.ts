// From a leaf and its inclusion path to the root (RFC 9162 §2.1.3.2).
import { hashBytes } from './lengths.js';
import { type Hash, hashNode } from './merkle-node.js';

/** Told of each node on the way: the leaf, then per level the sibling (where there is one) and the node above. Level 0 holds the leaves. */
export type OnNode = (level: number, position: number, node: string) => void;

/**
 * How many nodes the inclusion path of a leaf has, exactly.
 * Meaningful where 0 ≤ index < size < 2³² only; `rootOfPath` checks that.
 */
export function pathNodes(index: number, size: number): number {
  const last = size - 1;
  // Below the first bit in which leaf and last leaf differ the subtree is full; above it only left siblings exist.
  const full = 32 - Math.clz32((index ^ last) >>> 0);
  let rest = full === 32 ? 0 : index >>> full;
  let nodes = full;
  for (; rest !== 0; rest >>>= 1) nodes += rest & 1;
  return nodes;
}

/** Whether `index` is a leaf of a tree of `size`, and `pathBytes` exactly the length of its inclusion path. */
function isPathLength(index: number, size: number, pathBytes: number): boolean {
  return (
    Number.isInteger(index) &&
    Number.isInteger(size) &&
    index >= 0 &&
    index < size &&
    size <= 0xffff_ffff &&
    pathBytes === pathNodes(index, size) * hashBytes
  );
}

/**
 * @param leaf the leaf hash, 32 latin1 characters.
 * @param path 32 bytes per node, from the leaf to the root.
 * @returns the root, 32 latin1 characters: whether it is the right one is for the caller to judge; or `null` where
 * `index` is no leaf of a tree of `size` (at most 2³²−1), the path has not exactly the length which both determine, or
 * the leaf is no hash.
 */
export function rootOfPath(
  leaf: string,
  index: number,
  size: number,
  path: Buffer,
  hash: Hash,
  onNode?: OnNode,
): string | null {
  if (leaf.length !== hashBytes || !isPathLength(index, size, path.length)) return null;
  let node = leaf;
  let position = index;
  let last = size - 1;
  onNode?.(0, position, node);
  for (let level = 0, at = 0; last > 0; level++) {
    const isRight = (position & 1) === 1;
    if (isRight || position < last) {
      const sibling = path.toString('latin1', at, at + hashBytes);
      at += hashBytes;
      onNode?.(level, isRight ? position - 1 : position + 1, sibling);
      node = isRight ? hashNode(sibling, node, hash) : hashNode(node, sibling, hash);
    }
    position >>>= 1;
    last >>>= 1;
    onNode?.(level + 1, position, node);
  }
  return node;
}
