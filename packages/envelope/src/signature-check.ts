// Whether the sender’s signature covers a message: by its tree’s root, or by nodes that a verified root already covers (E-22, E-23).
import type { InboundDraft } from '@sealwire/core';
import type { Primitives, VerifyKey } from '@sealwire/crypto';
import { rootMessage } from './root-message.js';
import { VerifiedTree, VerifiedTrees, walk } from './verified-trees.js';

/** Keeps verified trees and imported keys; whether the key is still good is checked by the sender stage, each time. */
export class SignatureCheck {
  readonly #primitives: Primitives;
  readonly #trees = new VerifiedTrees();
  readonly #keys = new WeakMap<Buffer, VerifyKey>();
  readonly #inner = Buffer.alloc(65, 1);

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  /** The path has the length that size and index determine (outer-codec). */
  holds(draft: InboundDraft): boolean {
    const { treeSize, leafIndex } = draft;
    const path = draft.path!;
    const signature = draft.signature!;
    const { senderKeyId, suite } = draft.session!;
    const kept = this.#trees.get(senderKeyId, treeSize, signature);
    const { root, agrees, met } = walk(draft.messageHash, leafIndex, treeSize, path, kept, this.#nodeHash);
    if (root === null) {
      if (!agrees) return false;
    } else {
      const key = this.#keyOf(draft.senderPublicKey!);
      if (!key?.verify(rootMessage(suite, senderKeyId, treeSize, root), signature)) return false;
    }
    if (met.length > 0) {
      const tree = kept ?? new VerifiedTree();
      tree.keepAll(met);
      if (kept === null) this.#trees.set(senderKeyId, treeSize, signature, tree);
    }
    return true;
  }

  readonly #nodeHash = (left: string, right: string): string => {
    this.#inner.write(left, 1, 32, 'latin1');
    this.#inner.write(right, 33, 32, 'latin1');
    return this.#primitives.hash(this.#inner);
  };

  #keyOf(publicKey: Buffer): VerifyKey | null {
    const known = this.#keys.get(publicKey);
    if (known !== undefined) return known;
    const key = this.#primitives.verifyKey(publicKey);
    if (key !== null) this.#keys.set(publicKey, key);
    return key;
  }
}
