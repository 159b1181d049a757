// Gives events their place in the chain (SPEC.md §2).
import type { AuditEvent } from '@sealwire/core';
import type { SeenChain } from '../chain/checkpoint-text.js';
import { CompactRange } from '../chain/compact-range.js';
import { hexOfHash, leafHash } from '../chain/leaf-hash.js';
import { EventRenderer } from '../events/event-renderer.js';
import type { WriterFacts } from '../events/writer-facts.js';
import type { ChainState } from './chain-mark.js';

export class ChainWriter {
  readonly chain: string;
  readonly #renderer: EventRenderer;
  #sequence: number;
  /** 64 hex digits. */
  #previous: string;
  #first: number;
  #range: CompactRange;

  /** @param renderer one that rendered much alike is quicker */
  constructor(state: ChainState, renderer = new EventRenderer()) {
    this.#renderer = renderer;
    this.chain = state.chain;
    this.#sequence = state.sequence;
    this.#previous = state.previous;
    this.#first = state.first;
    this.#range = new CompactRange({ size: state.sequence - state.first, nodes: state.nodes.map(hashOfHex) });
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Sequence of the first event that no checkpoint covers. */
  get first(): number {
    return this.#first;
  }

  /** The event that was appended last. */
  get last(): SeenChain {
    return { chain: this.chain, sequence: this.#sequence - 1, leafHash: this.#previous };
  }

  /** Whether it is where this state says. */
  stands({ chain, sequence, previous, first }: ChainState): boolean {
    return (
      chain === this.chain &&
      sequence === this.#sequence &&
      previous === this.#previous &&
      first === this.#first
    );
  }

  /** The state, once everything before this frame is published. */
  stateAt(frame: number): ChainState {
    return {
      chain: this.chain,
      frame,
      sequence: this.#sequence,
      previous: this.#previous,
      first: this.#first,
      nodes: this.#range.state().nodes.map(hexOfHash),
    };
  }

  /** Tree head over the events since the last checkpoint, 32 latin1 characters. */
  root(): string {
    return this.#range.root();
  }

  /** The event’s bytes, as the next one of the chain. @throws RangeError where its timestamp is none */
  append(event: AuditEvent, writer: WriterFacts): Buffer {
    const line = this.render(event, writer);
    this.adopt(line);
    return line;
  }

  /** As it would be the next one of the chain. */
  render(event: AuditEvent, writer: WriterFacts): Buffer {
    const link = { chain: this.chain, sequence: this.#sequence, previous: this.#previous };
    return this.#renderer.renderBytes(event, writer, link);
  }

  /** As `append`, of one that `render` gave. */
  adopt(line: Buffer): void {
    const leaf = leafHash(line);
    this.#range.append(leaf);
    this.#previous = hexOfHash(leaf);
    this.#sequence++;
  }

  /** The last event was a checkpoint of all before it: it is the first one that the next covers. */
  beginInterval(): void {
    this.#first = this.#sequence - 1;
    this.#range = new CompactRange();
    this.#range.append(hashOfHex(this.#previous));
  }
}

const hashOfHex = (hex: string): string => Buffer.from(hex, 'hex').toString('latin1');
