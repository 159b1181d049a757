// The Merkle tree of RFC 9162 §2.1 over leaf hashes that are given, not hashed again.
import { UsageError } from '@sealwire/core';
import { hashBytes } from './lengths.js';
import { type Hash, hashNode } from './merkle-node.js';
import { pathNodes } from './merkle-path.js';

/** A tree with all inner nodes kept. Hashes are latin1 strings of 32 characters. */
export interface MerkleTree {
  readonly size: number;
  readonly root: string;
  /** The inclusion path: 32 bytes per node, from the leaf to the root. @throws UsageError ERR_USAGE_ARGUMENT for no leaf. */
  path(index: number): Buffer;
  /**
   * Writes the inclusion path at `offset` with no allocation: `pathNodes` × 32 bytes.
   * @param written a path of this tree that stands in the target: what both have in common is copied from there
   * @returns the offset after it. @throws UsageError ERR_USAGE_ARGUMENT for no leaf, or where the target has no room.
   */
  writePath(index: number, target: Buffer, offset: number, written?: WrittenPath): number;
}

/** A path that was written before, into the same target, and stands there unchanged. */
export interface WrittenPath {
  readonly index: number;
  /** The offset after it. */
  readonly end: number;
}

/**
 * Builds the tree of 1 or more leaf hashes with one hash per inner node (`size` − 1 of them).
 * @throws UsageError ERR_USAGE_ARGUMENT where there is no leaf.
 */
export function merkleTree(leaves: readonly string[], hash: Hash): MerkleTree {
  const size = leaves.length;
  // Pairing level by level, an odd last node moving up unhashed, gives exactly the tree that RFC 9162 defines by splitting.
  const levels: (readonly string[])[] = [];
  let level = leaves;
  while (level.length > 1) {
    levels.push(level);
    level = parents(level, hash);
  }
  const root = level[0];
  if (root === undefined) throw new UsageError('ERR_USAGE_ARGUMENT', 'Give a Merkle tree at least one leaf.');
  const writePath = (index: number, target: Buffer, offset: number, written?: WrittenPath): number => {
    requireLeaf(index, size);
    const end = offset + pathNodes(index, size) * hashBytes;
    // Buffer.write would cut the path short in silence.
    requireRoom(end, target);
    let position = index;
    let other = written?.index ?? -1;
    let at = offset;
    for (const nodes of levels) {
      if (position === other) {
        // From here on the paths are one.
        target.copyWithin(at, written!.end - (end - at), written!.end);
        break;
      }
      const sibling = nodes[position ^ 1];
      if (sibling !== undefined) at += target.write(sibling, at, 'latin1');
      position >>>= 1;
      if (other >= 0) other >>>= 1;
    }
    return end;
  };
  return {
    size,
    root,
    writePath,
    path(index) {
      requireLeaf(index, size);
      const path = Buffer.allocUnsafe(pathNodes(index, size) * hashBytes);
      writePath(index, path, 0);
      return path;
    },
  };
}

function parents(nodes: readonly string[], hash: Hash): string[] {
  const above: string[] = [];
  for (let i = 0; i < nodes.length; i += 2) {
    const left = nodes[i] ?? '';
    const right = nodes[i + 1];
    above.push(right === undefined ? left : hashNode(left, right, hash));
  }
  return above;
}

function requireLeaf(index: number, size: number): void {
  if (Number.isSafeInteger(index) && index >= 0 && index < size) return;
  throw new UsageError('ERR_USAGE_ARGUMENT', 'Ask for the path of a leaf of the tree.', { index, size });
}

function requireRoom(end: number, target: Buffer): void {
  if (end <= target.length) return;
  throw new UsageError('ERR_USAGE_ARGUMENT', 'Give a target with room for the whole path.', {
    bytes: target.length,
    neededBytes: end,
  });
}
