// What is published next, made here or, where there is much of it, in a thread beside.
import type { Batch } from './batch.js';
import { BatchReader, type BatchAsk, type ReadBatch } from './batch-reader.js';
import { BatchThread } from './batch-thread.js';

/** So many in a second are left to a thread; fewer are not worth its memory and its start. */
const defaultBusyEvents = 6_500;
const inlineEvents = 1_000;
/** Enough for what has come while the application’s thread was busy otherwise. */
const threadEvents = 1_000;

export class Batches {
  readonly #name: string;
  readonly #busyEvents: number;
  readonly #nowMs: () => number;
  #reader = new BatchReader();
  #thread: BatchThread | null = null;
  /** Whether threads are not to be had in this process. */
  #noThreads = false;
  #secondBegan = 0;
  #inSecond = 0;

  /**
   * @param busyEvents in a second, from which on there is a thread
   * @param nowMs by a clock that does not go back
   */
  constructor(name: string, busyEvents = defaultBusyEvents, nowMs = () => performance.now()) {
    this.#name = name;
    this.#busyEvents = busyEvents;
    this.#nowMs = nowMs;
  }

  /**
   * Whether the next one may be asked for before this one is published: a thread makes it beside, and reads on where it
   * is. One that has to begin needs files that would be released meanwhile.
   */
  get areMadeAhead(): boolean {
    return this.#thread?.isUnderWay === true;
  }

  /** @param packers of the sinks. @throws errors of the disk: ask again, from the same state on */
  async next(ask: Omit<BatchAsk, 'maxEvents'>, packers: readonly string[]): Promise<Batch> {
    if (this.#thread?.isLost === true) {
      // A program that a bundler left behind is not there the next time either.
      this.#noThreads ||= !this.#thread.hasAnswered;
      this.#thread = null;
    }
    if (this.#thread !== null) return this.#thread.next({ ...ask, maxEvents: threadEvents }, packers);
    const batch = inlineBatch(this.#reader.next({ ...ask, maxEvents: inlineEvents }));
    if (this.#isBusy(batch.count)) this.#startThread();
    return batch;
  }

  close(): void {
    this.#reader.close();
    this.#thread?.close();
  }

  #isBusy(events: number): boolean {
    const now = this.#nowMs();
    if (now - this.#secondBegan >= 1_000) {
      this.#secondBegan = now;
      this.#inSecond = 0;
    }
    this.#inSecond += events;
    return this.#inSecond >= this.#busyEvents && !this.#noThreads;
  }

  #startThread(): void {
    try {
      this.#thread = new BatchThread(this.#name);
      // It would hold its file, and the disk that this takes, after the file was removed.
      this.#reader.close();
      this.#reader = new BatchReader();
    } catch {
      // As under Node’s permission model: the same lines, on this thread.
      this.#noThreads = true;
    }
  }
}

const inlineBatch = (read: ReadBatch): Batch => ({ ...read, count: read.lines.length });
