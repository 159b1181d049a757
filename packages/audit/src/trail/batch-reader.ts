// From a trail’s spool to what is published next: reads frames, and gives their events their place in the chain.
import type { AuditEvent } from '@sealwire/core';
import { EventRenderer } from '../events/event-renderer.js';
import type { WriterFacts } from '../events/writer-facts.js';
import type { SegmentFile, SpooledFrame } from '../spool/segment-file.js';
import { SpoolCursor } from '../spool/spool-cursor.js';
import type { ChainState } from './chain-mark.js';
import { ChainWriter } from './chain-writer.js';
import { EntryEvents } from './entry-events.js';

/** Which batch is wanted. */
export interface BatchAsk {
  /** Where the chain stands before it. */
  readonly state: ChainState;
  /** First frame that may be needed: what is sealed in it may have its outcome later. */
  readonly released: number;
  /** The spool’s files as they are now, and the first frame that is not to be read. */
  readonly segments: readonly SegmentFile[];
  readonly end: number;
  /** Of events, unless one frame holds more. */
  readonly maxEvents: number;
}

export interface ReadBatch {
  readonly lines: readonly Buffer[];
  /** Where the chain stands behind it; the same where there is nothing to read. */
  readonly state: ChainState;
  /** First frame that is needed when this batch is published: what is sealed in it has its outcome further on. */
  readonly needed: number;
  /** Events in it that say what the spool lost: nobody was shown them when they were written. */
  readonly gaps: readonly AuditEvent[];
}

/** Of lines; a frame that begins before is taken whole. */
const maxBytes = 4 * 1024 * 1024;

/**
 * Deterministic: what is read again from the same state on, after an error or a restart, gives the same lines, but for
 * where a batch ends. Quick where one batch begins where the one before ended.
 */
export class BatchReader {
  readonly #renderer = new EventRenderer();
  #segments: readonly SegmentFile[] = [];
  #cursor = new SpoolCursor(() => this.#segments, 0);
  #entries = new EntryEvents();
  /** Frames that were read and not looked at yet. */
  #read: readonly SpooledFrame[] = [];
  #readAt = 0;
  #chain: ChainWriter | null = null;
  /** Before it everything was given out; `null` where that is not certain. */
  #frame: number | null = null;
  #writer: WriterFacts | null = null;

  /** Whole frames, so that the chain’s state is all that has to be kept. Errors of the disk are thrown: ask again. */
  next({ state, released, segments, end, maxEvents }: BatchAsk): ReadBatch {
    this.#segments = segments;
    if (state.frame !== this.#frame) this.#begin(released);
    const chain = this.#chainAt(state);
    const lines: Buffer[] = [];
    const gaps: AuditEvent[] = [];
    let frame = state.frame;
    let bytes = 0;
    this.#frame = null;
    while (lines.length < maxEvents && bytes < maxBytes) {
      const found = this.#nextFrame(end);
      if (found === undefined) {
        frame = Math.max(frame, Math.min(end, this.#cursor.next));
        break;
      }
      const taken = this.#entries.take(found);
      // What lies before was published by an earlier start; it is read for what is sealed in it.
      if (taken !== null && found.number >= state.frame) {
        const writer = this.#sameWriter(taken.writer);
        for (const event of taken.events) {
          const line = chain.append(event, writer);
          bytes += line.length;
          lines.push(line);
        }
        if (taken.gaps !== undefined) gaps.push(...taken.gaps);
      }
      frame = Math.max(frame, found.number + 1);
    }
    this.#frame = frame;
    return {
      lines,
      state: frame === state.frame ? state : chain.stateAt(frame),
      needed: Math.min(frame, this.#entries.oldest ?? frame),
      gaps,
    };
  }

  close(): void {
    this.#cursor.close();
  }

  #begin(released: number): void {
    this.#entries = new EntryEvents();
    this.#cursor.close();
    this.#cursor = new SpoolCursor(() => this.#segments, released);
    this.#read = [];
    this.#readAt = 0;
  }

  /** Also where a checkpoint was put in between, which the reader knows nothing of. */
  #chainAt(state: ChainState): ChainWriter {
    if (this.#chain?.stands(state) !== true) this.#chain = new ChainWriter(state, this.#renderer);
    return this.#chain;
  }

  #nextFrame(end: number): SpooledFrame | undefined {
    if (this.#readAt === this.#read.length) {
      this.#read = this.#cursor.read(end);
      this.#readAt = 0;
    }
    const found = this.#read[this.#readAt];
    if (found !== undefined) this.#readAt++;
    return found;
  }

  /** Rendering is quicker where it is the same object. */
  #sameWriter(writer: WriterFacts): WriterFacts {
    const last = this.#writer;
    const same =
      last?.agent === writer.agent &&
      last.pid === writer.pid &&
      last.host === writer.host &&
      last.version === writer.version;
    return same ? last : (this.#writer = writer);
  }
}
