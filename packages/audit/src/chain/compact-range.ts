// The root of a Merkle tree that grows leaf by leaf, in memory that grows with the logarithm of its size.
import { hashNode } from '@sealwire/crypto';
import { sha256 } from './leaf-hash.js';

/** The roots of the full subtrees, the largest first: one for each bit that is set in the size. */
export interface RangeState {
  readonly size: number;
  readonly nodes: readonly string[];
}

/** RFC 9162 §2.1 over leaf hashes of 32 latin1 characters. */
export class CompactRange {
  #size: number;
  readonly #nodes: string[];

  /** @param state of a range that is to be gone on with */
  constructor(state: RangeState = { size: 0, nodes: [] }) {
    this.#size = state.size;
    this.#nodes = [...state.nodes];
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: string): void {
    let node = leaf;
    // Not by bits: sizes may be larger than 32 of them.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      node = hashNode(this.#nodes.pop()!, node, sha256);
    }
    this.#nodes.push(node);
    this.#size++;
  }

  /** 32 latin1 characters; of no leaves: SHA-256 of nothing. */
  root(): string {
    let root = this.#nodes.at(-1) ?? sha256(Buffer.alloc(0));
    for (let at = this.#nodes.length - 2; at >= 0; at--) root = hashNode(this.#nodes[at]!, root, sha256);
    return root;
  }

  /** A copy, to go on from elsewhere or later. */
  state(): RangeState {
    return { size: this.#size, nodes: [...this.#nodes] };
  }
}
