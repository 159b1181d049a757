// When a checkpoint is due, and what it says (SPEC.md §3).
import { readFileSync, unlinkSync } from 'node:fs';
import { agentEvent, type Clock } from '@sealwire/core';
import type { WriterFacts } from '../events/writer-facts.js';
import { checkpointText, type SeenChain } from '../chain/checkpoint-text.js';
import { noteKeyHash, signedNote } from '../chain/signed-note.js';
import { writeDurably } from './write-durably.js';
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
  /** The newest of other chains. */
  readonly seen: () => readonly SeenChain[];
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

  /** @param chain as it is published */
  isDue(chain: ChainWriter, closing: boolean): boolean {
    if (this.#options.signer === null || performance.now() < this.#notBefore) return false;
    const size = chain.sequence - chain.first;
    // Alone in its tree: the checkpoint before.
    const isIdle = size === 0 || (size === 1 && chain.first > 0);
    const passedMs = performance.now() - this.#lastTick;
    if (isIdle) return size > 0 && passedMs >= idleMs;
    return closing || size >= this.#options.events || passedMs >= this.#options.everyMs;
  }

  /** One that a crash kept from being published, as the next event of the chain. */
  interrupted(chain: ChainWriter): Buffer | null {
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
   * @returns its line; `null` where nothing can be signed now: it stays due
   */
  async make(chain: ChainWriter, writer: WriterFacts): Promise<Buffer | null> {
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
      seen: seen(),
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
  }
}
