// Trees whose root’s signature verified, so that a batch costs one verification and a message one or two hashes (SPEC.md §8, E-23).
import { pathNodes } from '@sealwire/crypto';
import { GenerationCache } from './generation-cache.js';

/** The nodes of one tree that are known to lie under its signed root. Hashes are latin1 strings of 32 bytes. */
export class VerifiedTree {
  readonly #nodes = new Map<number, string>();

  node(level: number, index: number): string | undefined {
    return this.#nodes.get((level << 13) | index);
  }

  keep(level: number, index: number, hash: string): void {
    this.#nodes.set((level << 13) | index, hash);
  }
}

/** What a walk from a leaf to the root came to. */
export interface Walk {
  /** The root, or `null` where a kept node already decides. */
  readonly root: string | null;
  /** With `root` null: whether leaf and path agree with all that is kept. */
  readonly agrees: boolean;
  /** The nodes met, to be kept once the root’s signature has been verified. */
  readonly met: readonly { readonly level: number; readonly index: number; readonly hash: string }[];
}

/**
 * Walks a path (RFC 9162 §2.1.3.2) until it meets a kept node; from there on every sibling must equal the kept one.
 * `path` must have exactly the length that index and size determine.
 */
export function walk(
  leaf: string,
  leafIndex: number,
  treeSize: number,
  path: Buffer,
  kept: VerifiedTree | null,
  nodeHash: (left: string, right: string) => string,
): Walk {
  const met: { level: number; index: number; hash: string }[] = [];
  let index = leafIndex;
  let last = treeSize - 1;
  let hash = leaf;
  let at = 0;
  let decided = false;
  for (let level = 0; ; level++, index >>>= 1, last >>>= 1) {
    if (!decided) {
      const known = kept?.node(level, index);
      if (known !== undefined) {
        if (known !== hash) return { root: null, agrees: false, met };
        decided = true;
      } else met.push({ level, index, hash });
    }
    if (last === 0) break;
    const alone = index === last && (index & 1) === 0;
    if (alone) continue;
    const sibling = path.toString('latin1', at, (at += 32));
    if (decided) {
      if (kept!.node(level, index ^ 1) !== sibling) return { root: null, agrees: false, met };
    } else {
      met.push({ level, index: index ^ 1, hash: sibling });
      hash = (index & 1) === 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    }
  }
  return decided ? { root: null, agrees: true, met } : { root: hash, agrees: false, met };
}

/** Verified trees by signing key, size and signature: bounded, successes only. */
export class VerifiedTrees {
  readonly #trees = new GenerationCache<string, VerifiedTree>(256);
  #lastName = '';
  #last: VerifiedTree | null = null;

  get(name: string): VerifiedTree | null {
    if (name === this.#lastName) return this.#last;
    const tree = this.#trees.get(name) ?? null;
    if (tree !== null) this.#remember(name, tree);
    return tree;
  }

  set(name: string, tree: VerifiedTree): void {
    this.#trees.set(name, tree);
    this.#remember(name, tree);
  }

  #remember(name: string, tree: VerifiedTree): void {
    this.#lastName = name;
    this.#last = tree;
  }
}

/** The path length that a leaf’s index and the tree’s size determine, in bytes. */
export function pathBytes(leafIndex: number, treeSize: number): number {
  return 32 * pathNodes(leafIndex, treeSize);
}
