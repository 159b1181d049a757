// The envelope’s last outbound stage: one signature a tree, at once or when the key store has answered (SPEC.md §8).
import type { KeyStore, OutboundDraft, OutboundStages, Signed, Signer } from '@sealwire/core';
import { InabilityError, KeyError, SealwireError, UsageError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { placeProofs, treesOf, type BatchTree, type LeafProof } from './batch-proofs.js';
import { rootMessage } from './root-message.js';
import { recordBytes, sealedOf, writeRecord } from './sealed-record.js';

export interface SigningOptions {
  readonly suite: number;
  readonly primitives: Primitives;
  readonly keyStore: KeyStore;
}

interface SignedTree extends BatchTree {
  readonly signer: Signer;
}

const signatureBytes = 64;

/**
 * Makes the sign stage. Each message is signed by the key that its session names, also where the key store signs with
 * another one by now: what began before a rotation is finished.
 */
export function signing(options: SigningOptions): Pick<OutboundStages, 'sign' | 'signLater'> {
  const { suite, primitives, keyStore } = options;
  /** The last batch that is being signed: batches come out in the order in which they went in. */
  let last: Promise<unknown> = Promise.resolve();

  function prepare(drafts: readonly OutboundDraft[]): SignedTree[] {
    const bySigner = new Map<string, number[]>();
    let known: Buffer | null = null;
    let mine: number[] = [];
    for (let index = 0; index < drafts.length; index++) {
      const { senderKeyId } = drafts[index]!.session!;
      if (known === null || (known !== senderKeyId && !known.equals(senderKeyId))) {
        const id = senderKeyId.toString('latin1');
        const others = bySigner.get(id);
        if (others === undefined) bySigner.set(id, (mine = []));
        else mine = others;
      }
      known = senderKeyId;
      mine.push(index);
    }
    return [...bySigner].flatMap(([id, indexes]) => {
      const signer = keyStore.signerOf(id);
      if (signer === null) throw lostKey();
      const leaves = indexes.map((index) => {
        const { route, message, messageHash } = drafts[index]!;
        return { channel: route!.channel, partition: message.partition ?? -1, messageHash };
      });
      return treesOf(leaves, indexes, primitives, !keyStore.synchronous).map((tree) => ({ ...tree, signer }));
    });
  }

  function ask({ indexes, tree, signer }: SignedTree): Buffer | Promise<Buffer> {
    return signer.sign(rootMessage(suite, signer.keyId, indexes.length, tree.root));
  }

  function write(
    drafts: readonly OutboundDraft[],
    trees: readonly SignedTree[],
    signatures: readonly Buffer[],
  ): readonly Signed[] {
    const proofs = new Array<LeafProof>(drafts.length);
    trees.forEach((tree, i) => {
      const signature = signatures[i]!;
      // Whoever read it would reject the batch: better not to send it.
      if (signature.length !== signatureBytes) throw oddAnswer();
      placeProofs(tree, signature, proofs);
    });
    const sizes = drafts.map((draft, index) => recordBytes(draft, proofs[index]!.bytes));
    // One piece of memory for the whole batch: an allocation a message would cost more than the tree does.
    const slab = Buffer.allocUnsafeSlow(sizes.reduce((sum, bytes) => sum + bytes, 0));
    let at = 0;
    for (let index = 0; index < drafts.length; index++) {
      const draft = drafts[index]!;
      const start = at;
      at = writeRecord(slab, start, draft, proofs[index]!);
      draft.sealed = sealedOf(draft, slab.subarray(start, at));
    }
    return drafts as unknown as readonly Signed[];
  }

  return {
    sign(batch) {
      const drafts = batch as unknown as readonly OutboundDraft[];
      if (drafts.length === 0) return [];
      if (!keyStore.synchronous) throw notAtOnce();
      const trees = prepare(drafts);
      const signatures = trees.map((tree) => {
        const signature = ask(tree);
        if (!Buffer.isBuffer(signature)) throw notAtOnce();
        return signature;
      });
      return write(drafts, trees, signatures);
    },
    signLater(batch) {
      const drafts = batch as unknown as readonly OutboundDraft[];
      const before = last;
      // Asked at once, whatever is still being signed: only the answers are put in order.
      const answers = signAll(drafts);
      const mine = (async () => {
        // Before it is waited for, an answer that is a refusal must have somebody who hears it.
        const [, answer] = await Promise.allSettled([before, answers]);
        if (answer.status === 'rejected') throw inability(answer.reason);
        return answer.value;
      })();
      last = mine.catch(() => undefined);
      return mine;
    },
  };

  async function signAll(drafts: readonly OutboundDraft[]): Promise<readonly Signed[]> {
    if (drafts.length === 0) return [];
    const trees = prepare(drafts);
    return write(drafts, trees, await Promise.all(trees.map(async (tree) => ask(tree))));
  }
}

/** What a store throws that is no error of ours is no verdict on a message. */
function inability(error: unknown): SealwireError {
  return error instanceof SealwireError ? error : oddAnswer();
}

function oddAnswer(): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_KEY_STORE',
    'The key store did not sign as it should: nothing was sent. See its own log, and send again when it does.',
  );
}

function lostKey(): KeyError {
  return new KeyError(
    'ERR_KEY_MISSING',
    'The key that these messages were to be signed with was revoked, has expired or is gone: nothing was sent. Send them again.',
  );
}

function notAtOnce(): UsageError {
  return new UsageError(
    'ERR_USAGE_KEY_STORE',
    'The key store does not sign at once, which this client needs: nothing was sent. Use keys.folder here, or a client that can wait (Kafka).',
  );
}
