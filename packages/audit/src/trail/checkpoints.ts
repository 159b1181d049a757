// When a checkpoint is due, and what it says (SPEC.md §3).
import { readFileSync, unlinkSync } from 'node:fs';
import { agentEvent, type Clock } from '@sealwire/core';
import type { WriterFacts } from '../events/writer-facts.js';
import { checkpointText, type SeenChain } from '../chain/checkpoint-text.js';
import { noteKeyHash, signedNote } from '../chain/signed-note.js';
import { writeDurably } from './write-durably.js';
import type { ChainState } from './chain-mark.js';
import type { ChainWriter } from './chain-writer.js';

export interface CheckpointKey {
  /** 16 bytes. */
  readonly keyId: Buffer;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  /** ECDSA P-256 with SHA-256, in DER. Rejects where the key store does not answer. */
  sign(text: Buffer): Promise<Buffer>;
}

/** Signs a checkpoint’s text with the writer’s identity key. */
export interface CheckpointSigner {
  /** The key that would sign now; `null` where there is none. */
  current(): CheckpointKey | null;
}

export interface CheckpointOptions {
  readonly everyMs: number;
  readonly events: number;
  readonly signer: CheckpointSigner | null;
  readonly clock: Clock;
  /** The newest of other chains, for a checkpoint of this one; at most `maxSeen`, none twice. Must not throw. */
  readonly seen: (chain: string) => readonly SeenChain[];
  /** Is told of each checkpoint once every sink has it. Must not throw. */
  readonly published?: (checkpoint: SeenChain) => void;
}

/** While nothing happens, so that a chain’s end does not stay unseen. */
const idleMs = 60 * 60 * 1000;

/** After one that could not be made. */
const againMs = 1_000;

/** One that is being published: the same bytes are published again after a crash. */
interface Kept {
  readonly sequence: number;
  readonly line: string;
}

/** Whether there were events since the last one, which is alone in its tree otherwise. */
export const hasEvents = ({ sequence, first }: Pick<ChainState, 'sequence' | 'first'>): boolean =>
  sequence - first > (first > 0 ? 1 : 0);

export class Checkpoints {
  readonly #file: string;
  readonly #options: CheckpointOptions;
  #lastAtMs: number | null = null;
  /** By a clock that does not go back: when another is tried at the earliest. */
  #notBefore = 0;
  #newest: SeenChain | null = null;
  /** By a clock that does not go back. */
  #lastTick: number;

  /** @param file where the one that is on its way is kept */
  constructor(file: string, options: CheckpointOptions) {
    this.#file = file;
    this.#options = options;
    this.#lastTick = performance.now();
  }

  get lastAtMs(): number | null {
    return this.#lastAtMs;
  }

  /** The last one that this process published. */
  get newest(): SeenChain | null {
    return this.#newest;
  }

  /**
   * @param chain as it is published
   * @param now whether what happened since the last one does not wait
   */
  isDue(chain: Pick<ChainState, 'sequence' | 'first'>, now: boolean): boolean {
    if (this.#options.signer === null || performance.now() < this.#notBefore) return false;
    const size = chain.sequence - chain.first;
    const isIdle = !hasEvents(chain);
    const passedMs = performance.now() - this.#lastTick;
    if (isIdle) return size > 0 && passedMs >= idleMs;
    return now || size >= this.#options.events || passedMs >= this.#options.everyMs;
  }

  /** One that a crash kept from being published, as the next event of the chain. */
  interrupted(chain: Pick<ChainState, 'sequence'>): Buffer | null {
    let kept: Kept;
    try {
      kept = JSON.parse(readFileSync(this.#file, 'utf8')) as Kept;
    } catch {
      return null;
    }
    return kept.sequence === chain.sequence ? Buffer.from(kept.line, 'latin1') : null;
  }

  /**
   * Makes one over all events since the last, kept on the disk before it is published, for its signature is random.
   * @param again whether some of them may stand again, late
   * @returns its line; `null` where nothing can be signed now: it stays due
   */
  async make(chain: ChainWriter, writer: WriterFacts, again: boolean): Promise<Buffer | null> {
    const { signer, clock, seen } = this.#options;
    // Where it fails, or there is no key: not with every batch.
    this.#notBefore = performance.now() + againMs;
    const key = signer?.current() ?? null;
    if (key === null) return null;
    const { first, sequence } = chain;
    const text = checkpointText({
      chain: chain.chain,
      first,
      size: sequence - first,
      root: chain.root(),
      keyId: key.keyId.toString('hex'),
      again,
      seen: seen(chain.chain),
    });
    const signature = await key.sign(Buffer.from(text));
    const event = agentEvent(writer.agent, {
      kind: 'audit.checkpoint',
      timestampMs: clock.nowMs(),
      outcome: 'acknowledged',
      facts: {
        checkpoint: signedNote(text, writer.agent, noteKeyHash(key.publicKey), signature),
        first,
        size: sequence - first,
        key_id: key.keyId.toString('hex'),
      },
    });
    const line = chain.render(event, writer);
    await writeDurably(
      this.#file,
      JSON.stringify({ sequence, line: line.toString('latin1') } satisfies Kept),
    );
    return line;
  }

  /** One was published, and the chain’s state says so on the disk. */
  published(newest: SeenChain): void {
    this.#newest = newest;
    this.#lastTick = performance.now();
    this.#notBefore = 0;
    this.#lastAtMs = this.#options.clock.nowMs();
    try {
      unlinkSync(this.#file);
    } catch {
      // Its sequence is past: it is never published again.
    }
    this.#options.published?.(newest);
  }
}
