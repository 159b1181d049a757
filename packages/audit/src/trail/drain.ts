// Takes events from the spool, gives them their place in the chain, and publishes them in order.
import { join } from 'node:path';
import type { AuditBatch, AuditEvent } from '@sealwire/core';
import type { SeenChain } from '../chain/checkpoint-text.js';
import type { WriterFacts } from '../events/writer-facts.js';
import type { Spool } from '../spool/spool.js';
import type { Batch } from './batch.js';
import { Batches } from './batches.js';
import type { ChainMark, ChainState } from './chain-mark.js';
import { ChainWriter } from './chain-writer.js';
import { Checkpoints, hasEvents, type CheckpointOptions } from './checkpoints.js';
import type { Journal } from './journal.js';
import type { Publisher } from './publisher.js';

/** Frames are given up in so large steps, each of which costs a sync. */
const releaseFrames = 1_000;
/** After an error. */
const againMs = 1_000;

export interface DrainParts {
  /** Of the trail. */
  readonly name: string;
  readonly folder: string;
  readonly spool: Spool;
  /** Whether the process before may have given some of what is in it to a sink. */
  readonly isLeftBehind: boolean;
  /** The frame behind what the trail was opened with. */
  readonly openedBefore: number;
  readonly mark: ChainMark;
  readonly publisher: Publisher;
  readonly writer: WriterFacts;
  readonly checkpoints: CheckpointOptions;
  readonly journal: Pick<Journal, 'carry' | 'oldestNeeded'>;
  /** Is told how many events were published, how many of them had waited, and before which frame nothing is left. */
  readonly published: (events: number, waited: number, frame: number) => void;
  /** Is told, once, of published events that were made here, of what the spool lost. */
  readonly lost: (gaps: readonly AuditEvent[]) => void;
  readonly failed: (error: unknown) => void;
}

export class Drain {
  readonly #parts: DrainParts;
  readonly #checkpoints: Checkpoints;
  readonly #batches: Batches;
  /** As far as everything is published. */
  #state: ChainState;
  /** First frame that may be needed to publish what comes. */
  #needed: number;
  /** The batch behind what is being published, and where it ends, where it was asked for already. */
  #following: Promise<Batch> | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #closing = false;
  #stopped = false;
  #interrupted: Buffer | null;
  /** The frame behind what the trail was opened with; `null` once a checkpoint covers that. */
  #openedBefore: number | null;
  /** Whether what the next checkpoint covers may stand again, late. */
  #mayStandAgain: boolean;

  /** @param parts where the mark has a state */
  constructor(parts: DrainParts) {
    this.#parts = parts;
    this.#state = parts.mark.state!;
    this.#needed = parts.spool.released;
    this.#openedBefore = parts.openedBefore;
    this.#checkpoints = new Checkpoints(join(parts.folder, 'checkpoint'), parts.checkpoints);
    this.#interrupted = this.#checkpoints.interrupted(this.#state);
    // Who ends in order leaves nothing behind a checkpoint. Of others, sends may be on their way still.
    this.#mayStandAgain = parts.isLeftBehind || this.#interrupted !== null || hasEvents(this.#state);
    this.#batches = new Batches(parts.name);
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
        // The disk, or frames of a newer version: nothing is lost, and it is tried again.
        this.#parts.failed(error);
        this.#beginAnew();
        setTimeout(() => this.wake(), againMs).unref();
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
    await this.#release(true);
    this.#batches.close();
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      while (await this.#step());
      if (this.#isDue(this.#state, this.#closing)) await this.#checkpoint();
    }
  }

  /** Publishes one batch. @returns whether there may be more */
  async #step(): Promise<boolean> {
    if (this.#interrupted !== null && !(await this.#publishInterrupted())) return this.#stop();
    const batch = await (this.#following ?? this.#after(this.#state));
    this.#following = null;
    const { state, count } = batch;
    if (state.frame === this.#state.frame) return false;
    // Not over a checkpoint: it comes between the two.
    if (this.#batches.areMadeAhead && !this.#isDue(state, false)) {
      this.#following = this.#after(state);
      this.#following.catch(() => undefined);
    }
    if (count > 0 && !(await this.#publish(batch))) return this.#stop();
    this.#parts.mark.set(state);
    this.#state = state;
    this.#needed = batch.needed;
    this.#parts.published(count, count + besidesGaps(batch.gaps), state.frame);
    if (batch.gaps.length > 0) this.#parts.lost(batch.gaps);
    await this.#release(false);
    if (this.#following === null && this.#isDue(state, false)) await this.#checkpoint();
    return true;
  }

  /** What a process began with, and what the one before it left, does not wait: a kill could leave it without any. */
  #isDue(state: ChainState, closing: boolean): boolean {
    const isOpened = this.#openedBefore !== null && state.frame >= this.#openedBefore;
    return this.#checkpoints.isDue(state, closing || isOpened);
  }

  /** As after a start: what was made and not published is made again, and is the same. */
  #beginAnew(): void {
    this.#state = this.#parts.mark.state!;
    this.#interrupted = this.#checkpoints.interrupted(this.#state);
    this.#following = null;
  }

  /** Whoever goes on begins where the mark says. */
  #stop(): false {
    this.#stopped = true;
    return false;
  }

  #after(state: ChainState): Promise<Batch> {
    const { spool, publisher } = this.#parts;
    const { released, files: segments, synced: end } = spool;
    return this.#batches.next({ state, released, segments, end }, publisher.packers);
  }

  async #publish(batch: Pick<AuditBatch, 'lines' | 'packed'>): Promise<boolean> {
    const { publisher, writer } = this.#parts;
    const { failures } = publisher;
    const isTaken = await publisher.publish({
      chain: this.#state.chain,
      writer: writer.agent,
      // Made when a sink asks for them: not all do.
      get lines() {
        return batch.lines;
      },
      ...(batch.packed === undefined ? {} : { packed: batch.packed }),
    });
    if (publisher.failures > failures) this.#mayStandAgain = true;
    return isTaken;
  }

  async #checkpoint(): Promise<void> {
    const { writer } = this.#parts;
    try {
      this.#interrupted = await this.#checkpoints.make(
        new ChainWriter(this.#state),
        writer,
        this.#mayStandAgain,
      );
      if (this.#interrupted !== null) this.#mayStandAgain = false;
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
    if (!(await this.#publish({ lines: [line] }))) return false;
    const chain = new ChainWriter(this.#state);
    chain.adopt(line);
    this.#interrupted = null;
    chain.beginInterval();
    const state = chain.stateAt(this.#state.frame);
    mark.set(state);
    this.#state = state;
    await mark.sync();
    if (this.#openedBefore !== null && state.frame >= this.#openedBefore) this.#openedBefore = null;
    this.#checkpoints.published(chain.last);
    published(1, 0, state.frame);
    return true;
  }

  /** A file may only go when the chain’s state behind it, and what was carried out of it, are on the disk. */
  async #release(now: boolean): Promise<void> {
    const { spool, mark, journal } = this.#parts;
    if (!now && !spool.isHalfFull && this.#state.frame - spool.released < releaseFrames) return;
    if (journal.carry()) {
      await spool.sync();
      // What was carried is read before the file that it was in can go.
      this.#again = true;
    }
    // Also what has its outcome: as long as that is not published.
    const needed = Math.min(this.#needed, journal.oldestNeeded);
    if (needed <= spool.released) return;
    await mark.sync();
    spool.release(needed);
  }
}

/** What was lost had waited too: so many events beside the gaps that tell of them. */
const besidesGaps = (gaps: readonly AuditEvent[]): number =>
  gaps.reduce((sum, { facts }) => sum + Number(facts['events']) - 1, 0);
