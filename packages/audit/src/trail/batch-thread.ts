// The thread that makes batches, as its owner sees it.
import { Worker } from 'node:worker_threads';
import type { AuditEvent, PackedEvents } from '@sealwire/core';
import type { BatchAsk } from './batch-reader.js';
import type { Batch } from './batch.js';
import type { ChainState } from './chain-mark.js';

// The built file, also where this one is run from its source by a test runner.
const program = new URL('../../dist/trail/batch-program.js', import.meta.url);

export interface ThreadAsk extends BatchAsk {
  readonly packers: readonly string[];
}

export type ThreadAnswer =
  | {
      readonly kind: 'batch';
      readonly state: ChainState;
      readonly needed: number;
      readonly gaps: readonly AuditEvent[];
      /** All lines, one behind the other. Is written to again when the next but one is asked for. */
      readonly bytes: SharedArrayBuffer;
      /** Behind each line. */
      readonly ends: Uint32Array;
      /** By the packers’ addresses. */
      readonly packed: ReadonlyMap<string, Uint8Array>;
    }
  | { readonly kind: 'failed'; readonly error: Error };

interface Waiter {
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Keeps the process alive only while it is being waited for. */
export class BatchThread {
  readonly #worker: Worker;
  /** In the order of what was asked. */
  #waiting: Waiter[] = [];
  #isLost = false;
  #isUnderWay = false;
  #hasAnswered = false;

  /** @throws where this process may have no threads */
  constructor(name: string) {
    // Not the application’s options: `--input-type` or a debugger’s would be in its way.
    this.#worker = new Worker(program, {
      name: `sealwire-audit-${name}`,
      execArgv: [],
      // What it makes lives for one batch: more young memory would only stay with it.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on('message', (answer: ThreadAnswer) => {
      this.#hasAnswered = true;
      this.#waiting.shift()?.resolve(answer);
      if (this.#waiting.length === 0) this.#worker.unref();
    });
    this.#worker.on('error', (error: Error) => this.#lost(error));
    this.#worker.on('exit', () => this.#lost(new Error('The thread that makes audit batches has ended.')));
    // Behind the listeners: one for messages makes the process wait for them again.
    this.#worker.unref();
  }

  /** Whether it was ever more than a start. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Whether it has made the last batch, and would read on behind it. */
  get isUnderWay(): boolean {
    return this.#isUnderWay && !this.#isLost;
  }

  /** Whether it is gone, and another is needed. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The lines hold until the next but one is asked for. @throws errors of the disk; where the thread is lost */
  async next(ask: BatchAsk, packers: readonly string[]): Promise<Batch> {
    const answer = await new Promise<ThreadAnswer>((resolve, reject) => {
      if (this.#isLost) throw new Error('The thread that makes audit batches is gone.');
      this.#waiting.push({ resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ ...ask, packers } satisfies ThreadAsk);
    });
    this.#isUnderWay = answer.kind === 'batch';
    if (answer.kind === 'failed') throw answer.error;
    const { state, needed, gaps, bytes, ends, packed } = answer;
    return {
      state,
      needed,
      gaps,
      count: ends.length,
      get lines() {
        return linesOf(bytes, ends);
      },
      packed: (packer): PackedEvents | null => {
        const made = packed.get(packer);
        return made === undefined ? null : { bytes: made, count: ends.length };
      },
    };
  }

  close(): void {
    void this.#worker.terminate();
  }

  #lost(error: Error): void {
    this.#isLost = true;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** Copies: not everything that takes a buffer takes shared memory. */
function linesOf(bytes: SharedArrayBuffer, ends: Uint32Array): Buffer[] {
  const all = Buffer.from(new Uint8Array(bytes, 0, ends.at(-1) ?? 0));
  let start = 0;
  return Array.from(ends, (end) => {
    const line = all.subarray(start, end);
    start = end;
    return line;
  });
}
