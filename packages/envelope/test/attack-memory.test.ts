// Attacks on what a receiver keeps: allowed senders with large trees and with many sessions and batches.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { merkleTree, nodePrimitives, rootOfPath } from '@sealwire/crypto';
import { batchKeys, KnownBatches, type BatchKeyCache } from '../src/batch-keys.js';
import { GenerationCache } from '../src/generation-cache.js';
import { VerifiedTree, walk } from '../src/verified-trees.js';

const hash = (data: Buffer) => nodePrimitives.hash(data);
const nodeHash = (left: string, right: string) => hash(Buffer.from(`\u0001${left}${right}`, 'latin1'));

describe('a tree of 4,096 leaves', () => {
  it('is kept in part, and judged as if nothing were kept', () => {
    const size = 4096;
    const leaves = Array.from({ length: size }, () => randomBytes(32).toString('latin1'));
    const tree = merkleTree(leaves, hash);
    const kept = new VerifiedTree();
    const holds = (leaf: string, index: number, path: Buffer): boolean => {
      const walked = walk(leaf, index, size, path, kept, nodeHash);
      const verdict = walked.root === null ? walked.agrees : walked.root === tree.root;
      if (verdict) kept.keepAll(walked.met);
      expect(verdict).toBe(rootOfPath(leaf, index, size, path, hash) === tree.root);
      return verdict;
    };
    for (let i = 0; i < size; i++) {
      const index = (i * 1031) % size;
      const path = tree.path(index);
      expect(holds(leaves[index]!, index, path)).toBe(true);
      path[i % path.length]! ^= 1;
      expect(holds(leaves[index]!, index, path)).toBe(false);
      expect(holds(leaves[(index + 1) % size]!, index, tree.path(index))).toBe(false);
    }
    expect(kept.size).toBeLessThanOrEqual(1024);
  });
});

describe('batch keys', () => {
  const made = () => batchKeys(nodePrimitives, randomBytes(32), randomBytes(12));

  it('are kept in one measure for all sessions', () => {
    const shared: BatchKeyCache = new GenerationCache(8);
    const sessions = Array.from(
      { length: 20 },
      () => new KnownBatches(shared, randomBytes(32).toString('latin1'), ''),
    );
    const salts = Array.from({ length: 20 }, () => randomBytes(12));
    for (const session of sessions) for (const salt of salts) session.set(salt, made());
    let kept = 0;
    for (const session of sessions) for (const salt of salts) if (session.get(salt) !== null) kept++;
    // Two generations, and the last of each session.
    expect(kept).toBeLessThanOrEqual(2 * 8 + sessions.length);
  });

  it('of one session are never those of another under the same salt', () => {
    const shared: BatchKeyCache = new GenerationCache(8);
    const [mine, other] = [
      new KnownBatches(shared, randomBytes(32).toString('latin1'), ''),
      new KnownBatches(shared, randomBytes(32).toString('latin1'), ''),
    ];
    const salt = randomBytes(12);
    const keys = made();
    mine.set(salt, keys);
    expect(other.get(salt)).toBeNull();
    mine.set(randomBytes(12), made());
    expect(mine.get(salt)).toBe(keys);
    expect(other.get(salt)).toBeNull();
  });
});
