// Which messages of a batch share a tree, and the proofs that come of it (SPEC.md §8).
import { merkleTree, pathNodes, type MerkleTree, type Primitives } from '@sealwire/crypto';
import { integerBytes, writeInteger } from './avro-writer.js';
import { limits } from './limits.js';

/** What decides a message’s place among the leaves. */
export interface Leaf {
  readonly channel: string;
  readonly partition: number;
  readonly messageHash: string;
}

/** A partition’s share of at least this many messages gets trees of its own, so that its reader shares nodes. */
const ownTreeFrom = 8;

/**
 * Divides a batch into trees: the indexes of each tree’s leaves, in leaf order. The batch is in order of sequence
 * within a partition, and a stable sort keeps that.
 * @param fewest as few trees as possible: for keys whose signatures cost more than a reader’s few more nodes
 */
export function planTrees(leaves: readonly Leaf[], fewest: boolean): number[][] {
  if (leaves.length === 1) return [[0]];
  const shares = new Map<string, Map<number, number[]>>();
  let share: number[] = [];
  for (let i = 0; i < leaves.length; i++) {
    if (i === 0 || compare(leaves[i - 1]!, leaves[i]!) !== 0) share = shareOf(shares, leaves[i]!);
    share.push(i);
  }
  const inOrder = [...shares.values()]
    .flatMap((channel) => [...channel.values()])
    .sort(([a], [b]) => compare(leaves[a!]!, leaves[b!]!));
  const trees: number[][] = [];
  const scattered: number[] = [];
  for (const each of inOrder) {
    if (!fewest && each.length >= ownTreeFrom) trees.push(...split(each));
    else scattered.push(...each);
  }
  return [...trees, ...split(scattered)];
}

function shareOf(shares: Map<string, Map<number, number[]>>, { channel, partition }: Leaf): number[] {
  let partitions = shares.get(channel);
  if (partitions === undefined) shares.set(channel, (partitions = new Map<number, number[]>()));
  let share = partitions.get(partition);
  if (share === undefined) partitions.set(partition, (share = []));
  return share;
}

function compare(a: Leaf, b: Leaf): number {
  if (a.channel !== b.channel) return a.channel < b.channel ? -1 : 1;
  return a.partition - b.partition;
}

function split(indexes: readonly number[]): number[][] {
  const parts: number[][] = [];
  for (let at = 0; at < indexes.length; at += limits.sentTreeLeaves)
    parts.push(indexes.slice(at, at + limits.sentTreeLeaves));
  return parts;
}

/** Length of the proof in a tree of the most leaves that senders use: six nodes, and the numbers before them. */
export const largestProofBytes = proofBytes(limits.sentTreeLeaves, limits.sentTreeLeaves - 1);

function proofBytes(size: number, index: number): number {
  const path = 32 * pathNodes(index, size);
  return integerBytes(size) + integerBytes(index) + integerBytes(path) + path + integerBytes(64) + 64;
}

/** What the proofs of one tree share. All of them are written into one target. */
class SignedTree {
  readonly tree: MerkleTree;
  readonly signature: Buffer;
  /** The path that was written last. */
  index = -1;
  end = 0;

  constructor(tree: MerkleTree, signature: Buffer) {
    this.tree = tree;
    this.signature = signature;
  }
}

/** The proof of one message, not yet written. */
export class LeafProof {
  readonly #of: SignedTree;
  readonly #index: number;
  /** The length of the proof record. */
  readonly bytes: number;

  constructor(of: SignedTree, index: number) {
    this.#of = of;
    this.#index = index;
    this.bytes = proofBytes(of.tree.size, index);
  }

  /** Writes the proof record. @returns the position behind it. */
  write(target: Buffer, at: number): number {
    const signed = this.#of;
    const { tree, signature } = signed;
    at = writeInteger(target, tree.size, at);
    at = writeInteger(target, this.#index, at);
    at = writeInteger(target, 32 * pathNodes(this.#index, tree.size), at);
    at = tree.writePath(this.#index, target, at, signed);
    signed.index = this.#index;
    signed.end = at;
    at = writeInteger(target, 64, at);
    target.set(signature, at);
    return at + 64;
  }
}

/** The trees of a batch, or of those of its messages that one key signs, before anybody has signed. */
export interface BatchTree {
  /** Which messages of the batch are its leaves, in leaf order. */
  readonly indexes: readonly number[];
  readonly tree: MerkleTree;
}

/** Builds the trees of messages that share a signing key. `leaves` are those of `indexes`, in the same order. */
export function treesOf(
  leaves: readonly Leaf[],
  indexes: readonly number[],
  primitives: Primitives,
  fewest: boolean,
): BatchTree[] {
  return planTrees(leaves, fewest).map((planned) => ({
    indexes: planned.map((at) => indexes[at]!),
    tree: merkleTree(
      planned.map((at) => leaves[at]!.messageHash),
      (data) => primitives.hash(data),
    ),
  }));
}

/** Gives each message of a signed tree its proof. */
export function placeProofs({ indexes, tree }: BatchTree, signature: Buffer, proofs: LeafProof[]): void {
  const shared = new SignedTree(tree, signature);
  for (let leaf = 0; leaf < indexes.length; leaf++) proofs[indexes[leaf]!] = new LeafProof(shared, leaf);
}
