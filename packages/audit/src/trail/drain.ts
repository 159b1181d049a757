// Takes events from the spool, gives them their place in the chain, and publishes them in order.
import { join } from 'node:path';
import type { SeenChain } from '../chain/checkpoint-text.js';
import type { WriterFacts } from '../events/writer-facts.js';
import type { Spool } from '../spool/spool.js';
import type { SpooledFrame } from '../spool/segment-file.js';
import type { ChainMark } from './chain-mark.js';
import { ChainWriter } from './chain-writer.js';
import { Checkpoints, type CheckpointOptions } from './checkpoints.js';
import { EntryEvents } from './entry-events.js';
import type { Journal } from './journal.js';
import type { Publisher } from './publisher.js';

/** What is published at once, at most, unless one frame holds more. */
const batchEvents = 1_000;
/** Frames are given up in so large steps, each of which costs a sync. */
const releaseFrames = 1_000;

export interface DrainParts {
  readonly folder: string;
  readonly spool: Spool;
  readonly mark: ChainMark;
  readonly publisher: Publisher;
  readonly writer: WriterFacts;
  readonly checkpoints: CheckpointOptions;
  readonly journal: Pick<Journal, 'carry' | 'oldestNeeded'>;
  /** Is told how many events were published, how many of them had waited, and before which frame nothing is left. */
  readonly published: (events: number, waited: number, frame: number) => void;
  readonly failed: (error: unknown) => void;
}

export class Drain {
  readonly #parts: DrainParts;
  #chain: ChainWriter;
  readonly #checkpoints: Checkpoints;
  #entries = new EntryEvents();
  #cursor: ReturnType<Spool['cursor']>;
  /** Frames that were read and not looked at yet. */
  #read: readonly SpooledFrame[] = [];
  #readAt = 0;
  /** Before it everything is published. */
  #frame: number;
  #running: Promise<void> | null = null;
  #again = false;
  #closing = false;
  #stopped = false;
  #interrupted: Buffer | null;

  /** @param parts where the mark has a state */
  constructor(parts: DrainParts) {
    this.#parts = parts;
    const state = parts.mark.state!;
    this.#frame = state.frame;
    this.#chain = new ChainWriter(state);
    this.#checkpoints = new Checkpoints(join(parts.folder, 'checkpoint'), parts.checkpoints);
    this.#interrupted = this.#checkpoints.interrupted(this.#chain);
    this.#cursor = parts.spool.cursor(parts.spool.released);
  }

  get newestCheckpoint(): SeenChain | null {
    return this.#checkpoints.newest;
  }

  get lastCheckpointAtMs(): number | null {
    return this.#checkpoints.lastAtMs;
  }

  /** There is something new, or something is due. */
  wake(): void {
    this.#again = true;
    if (this.#running !== null || this.#stopped || !this.#parts.publisher.isReady) return;
    this.#running = this.#run()
      .catch((error: unknown) => {
        // The disk, or frames of a newer version: nothing is lost, and the next wake tries again.
        this.#parts.failed(error);
        this.#beginAnew();
      })
      .finally(() => {
        this.#running = null;
      });
  }

  /** Publishes what is there, with a last checkpoint, as far as the sinks take it at once. */
  async close(): Promise<void> {
    this.#closing = true;
    await (this.#running ?? Promise.resolve());
    this.wake();
    await (this.#running ?? Promise.resolve());
    this.#stopped = true;
    await this.#release(this.#frame, true);
    this.#cursor.close();
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      while (await this.#step());
      if (this.#checkpoints.isDue(this.#chain, this.#closing)) await this.#checkpoint();
    }
  }

  /** Publishes one batch. @returns whether there may be more */
  async #step(): Promise<boolean> {
    if (this.#interrupted !== null && !(await this.#publishInterrupted())) return this.#stop();
    const { lines, frame } = this.#next();
    if (frame === this.#frame) return false;
    if (lines.length > 0 && !(await this.#publish(lines))) return this.#stop();
    this.#parts.mark.set(this.#chain.stateAt(frame));
    this.#frame = frame;
    this.#parts.published(lines.length, lines.length, frame);
    await this.#release(frame, false);
    if (this.#checkpoints.isDue(this.#chain, false)) await this.#checkpoint();
    return true;
  }

  /** As after a start: what was rendered and not published is rendered again, and is the same. */
  #beginAnew(): void {
    const { mark, spool } = this.#parts;
    const state = mark.state!;
    this.#chain = new ChainWriter(state);
    this.#frame = state.frame;
    this.#interrupted = this.#checkpoints.interrupted(this.#chain);
    this.#entries = new EntryEvents();
    this.#cursor.close();
    this.#cursor = spool.cursor(spool.released);
    this.#read = [];
    this.#readAt = 0;
  }

  /** The chain in memory is ahead of what is published: whoever goes on begins where the mark says. */
  #stop(): false {
    this.#stopped = true;
    return false;
  }

  /** Whole frames, so that the chain’s state between two is all that has to be kept. */
  #next(): { lines: Buffer[]; frame: number } {
    const lines: Buffer[] = [];
    let frame = this.#frame;
    const end = this.#parts.spool.synced;
    while (lines.length < batchEvents) {
      if (this.#readAt === this.#read.length) {
        this.#read = this.#cursor.read(end);
        this.#readAt = 0;
      }
      const first = this.#read[this.#readAt++];
      if (first === undefined) {
        this.#readAt = 0;
        frame = Math.max(frame, Math.min(end, this.#cursor.next));
        break;
      }
      const found = this.#entries.take(first);
      // What lies before was published by an earlier start; it is read for what is sealed in it.
      if (found !== null && first.number >= this.#frame)
        for (const event of found.events) lines.push(this.#chain.append(event, found.writer));
      frame = Math.max(frame, first.number + 1);
    }
    return { lines, frame };
  }

  #publish(lines: readonly Buffer[]): Promise<boolean> {
    const { publisher, writer } = this.#parts;
    return publisher.publish({ chain: this.#chain.chain, writer: writer.agent, lines });
  }

  async #checkpoint(): Promise<void> {
    const { writer } = this.#parts;
    try {
      this.#interrupted = await this.#checkpoints.make(this.#chain, writer);
    } catch (error) {
      // A key store or a directory that is away: events go on, and the checkpoint is due still.
      this.#parts.failed(error);
      return;
    }
    if (this.#interrupted !== null && !(await this.#publishInterrupted())) this.#stop();
  }

  async #publishInterrupted(): Promise<boolean> {
    const { mark, published } = this.#parts;
    const line = this.#interrupted!;
    if (!(await this.#publish([line]))) return false;
    this.#chain.adopt(line);
    this.#interrupted = null;
    this.#chain.beginInterval();
    mark.set(this.#chain.stateAt(this.#frame));
    await mark.sync();
    this.#checkpoints.published(this.#chain.last);
    published(1, 0, this.#frame);
    return true;
  }

  /** A file may only go when the chain’s state behind it, and what was carried out of it, are on the disk. */
  async #release(frame: number, now: boolean): Promise<void> {
    const { spool, mark, journal } = this.#parts;
    if (!now && !spool.isHalfFull && frame - spool.released < releaseFrames) return;
    if (journal.carry()) await spool.sync();
    const needed = Math.min(frame, journal.oldestNeeded);
    if (needed <= spool.released) return;
    await mark.sync();
    spool.release(needed);
  }
}
