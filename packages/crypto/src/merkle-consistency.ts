// Whether a larger Merkle tree begins with a smaller one (RFC 9162 §2.1.4.2).
import { hashBytes } from './lengths.js';
import { type Hash, hashNode } from './merkle-node.js';

/** A tree as its root says it: 32 latin1 characters. */
export interface TreeHead {
  readonly size: number;
  readonly root: string;
}

/**
 * Whether `proof` shows that the first `smaller.size` leaves of the larger tree are those of the smaller one: for whoever
 * watches a log that must only grow. Says nothing of who vouches for the roots.
 * @param proof 32 bytes per node; empty where the sizes are equal, and then the roots must be
 * @returns false also where there is nothing to show (a smaller tree of no leaves), sizes are not whole numbers below
 * 2³² in this order, or the proof has not exactly the length that both sizes determine
 */
export function isConsistent(smaller: TreeHead, larger: TreeHead, proof: Buffer, hash: Hash): boolean {
  if (!isSize(smaller.size) || !isSize(larger.size) || smaller.size > larger.size) return false;
  if (smaller.root.length !== hashBytes || larger.root.length !== hashBytes) return false;
  if (smaller.size === larger.size) return proof.length === 0 && smaller.root === larger.root;

  const nodes = nodesOf(proof);
  if (nodes === null) return false;
  // Where the smaller tree is full, its root is where the proof begins, and is left out of it.
  if ((smaller.size & (smaller.size - 1)) === 0) nodes.unshift(smaller.root);
  let place = smaller.size - 1;
  let last = larger.size - 1;
  while ((place & 1) === 1) {
    place >>>= 1;
    last >>>= 1;
  }
  const [first, ...rest] = nodes;
  if (first === undefined) return false;
  let [small, large] = [first, first];
  for (const node of rest) {
    if (last === 0) return false;
    if ((place & 1) === 1 || place === last) {
      small = hashNode(node, small, hash);
      large = hashNode(node, large, hash);
      while ((place & 1) === 0 && place !== 0) {
        place >>>= 1;
        last >>>= 1;
      }
    } else {
      large = hashNode(large, node, hash);
    }
    place >>>= 1;
    last >>>= 1;
  }
  return last === 0 && small === smaller.root && large === larger.root;
}

function isSize(size: number): boolean {
  return Number.isInteger(size) && size >= 1 && size <= 0xffff_ffff;
}

function nodesOf(proof: Buffer): string[] | null {
  if (proof.length % hashBytes !== 0) return null;
  return Array.from({ length: proof.length / hashBytes }, (_, i) =>
    proof.toString('latin1', i * hashBytes, (i + 1) * hashBytes),
  );
}
