// Trees whose root’s signature verified, so that a batch costs one verification and a message one or two hashes (SPEC.md §8, E-23).
import { pathNodes } from '@sealwire/crypto';
import { GenerationCache } from './generation-cache.js';

/** Of one tree. Senders build trees of 127 nodes; one of 4,096 leaves, 256 times over, would fill a gigabyte. */
const maxNodes = 1024;

/** The nodes of one tree that are known to lie under its signed root. Hashes are latin1 strings of 32 bytes. */
export class VerifiedTree {
  readonly #nodes = new Map<number, string>();

  node(level: number, index: number): string | undefined {
    return this.#nodes.get((level << 13) | index);
  }

  /**
   * Keeps what one walk met, all or nothing, so that of a kept node the sibling and everything above are kept too.
   * Beyond the bound nothing more is: then more of the path is hashed, and the verdict is the same.
   */
  keepAll(met: Walk['met']): void {
    if (this.#nodes.size + met.length > maxNodes) return;
    for (const { level, index, hash } of met) this.#nodes.set((level << 13) | index, hash);
  }

  /** How many nodes are kept. */
  get size(): number {
    return this.#nodes.size;
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
  for (let level = 0; ; level++, index >>>= 1, last >>>= 1) {
    const known = kept?.node(level, index);
    if (known !== undefined) {
      const agrees = known === hash && agreesAbove(kept!, level, index, last, path, at);
      return { root: null, agrees, met };
    }
    met.push({ level, index, hash });
    if (last === 0) return { root: hash, agrees: false, met };
    const alone = index === last && (index & 1) === 0;
    if (alone) continue;
    const sibling = path.toString('latin1', at, (at += 32));
    met.push({ level, index: index ^ 1, hash: sibling });
    hash = (index & 1) === 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }
}

/** Whether the rest of a path equals the kept siblings on the way from a kept node to the root. */
function agreesAbove(
  kept: VerifiedTree,
  fromLevel: number,
  fromIndex: number,
  fromLast: number,
  path: Buffer,
  pathAt: number,
): boolean {
  // One string and slices of it: to make a string of bytes costs more than to compare it.
  const siblings = path.toString('latin1', pathAt, path.length);
  let at = 0;
  for (
    let level = fromLevel, index = fromIndex, last = fromLast;
    last > 0;
    level++, index >>>= 1, last >>>= 1
  ) {
    const alone = index === last && (index & 1) === 0;
    if (!alone && kept.node(level, index ^ 1) !== siblings.slice(at, (at += 32))) return false;
  }
  return true;
}

/** Verified trees by signing key, size and signature: bounded, successes only. */
export class VerifiedTrees {
  readonly #trees = new GenerationCache<string, VerifiedTree>(256);
  #last: VerifiedTree | null = null;
  #lastKeyId: Buffer | null = null;
  #lastSize = 0;
  #lastSignature: Buffer | null = null;

  get(senderKeyId: Buffer, treeSize: number, signature: Buffer): VerifiedTree | null {
    if (
      treeSize === this.#lastSize &&
      this.#lastSignature!.equals(signature) &&
      this.#lastKeyId!.equals(senderKeyId)
    ) {
      return this.#last;
    }
    const tree = this.#trees.get(nameOf(senderKeyId, treeSize, signature)) ?? null;
    if (tree !== null) this.#remember(senderKeyId, treeSize, signature, tree);
    return tree;
  }

  set(senderKeyId: Buffer, treeSize: number, signature: Buffer, tree: VerifiedTree): void {
    this.#trees.set(nameOf(senderKeyId, treeSize, signature), tree);
    this.#remember(senderKeyId, treeSize, signature, tree);
  }

  #remember(senderKeyId: Buffer, treeSize: number, signature: Buffer, tree: VerifiedTree): void {
    this.#last = tree;
    this.#lastKeyId = senderKeyId;
    this.#lastSize = treeSize;
    // A copy: the received bytes are a view on a whole fetch.
    this.#lastSignature = Buffer.from(signature);
  }
}

function nameOf(senderKeyId: Buffer, treeSize: number, signature: Buffer): string {
  return `${treeSize}/${senderKeyId.toString('latin1', 0, 16)}${signature.toString('latin1', 0, 64)}`;
}

/** The path length that a leaf’s index and the tree’s size determine, in bytes. */
export function pathBytes(leafIndex: number, treeSize: number): number {
  return 32 * pathNodes(leafIndex, treeSize);
}
