// Runs a handler on a whole batch, with the resolving and committing that kafkajs would have done.
import { faultPoint, isHandedOver } from '@sealwire/core';
import type { EachBatchHandler, EachBatchPayload, KafkaMessage, Offsets } from 'kafkajs';
import type { AutoCommit } from './auto-commit.js';
import type { ActiveRuns } from './active-runs.js';
import { batchView } from './batch-view.js';
import type { BatchRun } from './batch-run.js';
import { offsetText } from './offsets.js';
import type { Pauses } from './pauses.js';
import { isRebalancing } from './rebalancing.js';
import { userMessage } from './user-message.js';

export interface EachBatchParts {
  readonly handler: EachBatchHandler;
  readonly autoResolve: boolean;
  readonly commits: AutoCommit;
  readonly pauses: Pauses;
  readonly runs: ActiveRuns;
}

/** One batch given to `eachBatch`. */
export class EachBatch {
  readonly #run: BatchRun;
  readonly #parts: EachBatchParts;
  /** What the handler resolved last. */
  #resolved: { readonly end: number; readonly offset: string } | null = null;
  #returned = false;
  /** How many records there are up to the last one that the handler was shown. */
  #shown = 0;

  constructor(run: BatchRun, parts: EachBatchParts) {
    this.#run = run;
    this.#parts = parts;
  }

  /**
   * Resolves when all that was resolved is committed, as far as auto-commit asks. A handler’s error is thrown unchanged.
   * @param handled called once the handler is done
   */
  async start(handled: () => void = () => undefined): Promise<void> {
    const run = this.#run;
    while (run.outcomes.length < run.messages.length) {
      if (!(await run.openSlice())) return;
      if (run.end < run.outcomes.length) break;
      await this.#heartbeat();
    }
    const { end } = run;
    const visible = this.#visible(end);
    let whole = visible.length === 0;
    if (!whole) {
      run.handed = end;
      await this.#handle(visible);
      whole = this.#parts.autoResolve;
    }
    this.#returned = true;
    handled();
    if (!(whole ? await run.resolve(end) : await this.#resolve())) return;
    if (this.#parts.commits.enabled) await run.commit();
    if (whole || this.#resolved?.end === end) await run.halt(end);
  }

  #visible(end: number): KafkaMessage[] {
    const { messages, outcomes } = this.#run;
    const visible: KafkaMessage[] = [];
    for (let i = 0; i < end; i++) {
      const outcome = outcomes[i]!;
      if (!isHandedOver(outcome)) continue;
      visible.push(userMessage(messages[i]!, outcome));
      this.#shown = i + 1;
    }
    return visible;
  }

  async #handle(visible: KafkaMessage[]): Promise<void> {
    faultPoint('kafka.handing');
    try {
      await this.#parts.handler(this.#payload(visible));
      faultPoint('kafka.handled');
    } catch (error) {
      await this.#run.beforeRethrow(
        this.#resolved?.end ?? 0,
        this.#parts.commits.enabled,
        this.#resolved?.offset,
      );
      throw error;
    }
  }

  #payload(visible: KafkaMessage[]): EachBatchPayload {
    const { payload } = this.#run;
    const { commits, pauses, runs } = this.#parts;
    return {
      batch: batchView(payload.batch, visible),
      resolveOffset: (offset) => this.#resolveOffset(offset),
      heartbeat: () => this.#heartbeat(),
      pause: () => {
        pauses.count++;
        return payload.pause();
      },
      commitOffsetsIfNecessary: async (offsets?: Offsets) => {
        if (offsets !== undefined && offsets !== null) {
          await runs.settleBefore(offsets.topics, this.#run);
          await this.#run.commitOffsets(offsets.topics);
        } else if (commits.isDue() && (await this.#resolve())) await this.#run.commit();
      },
      uncommittedOffsets: () => runs.withUnresolved(this.#run.uncommittedOffsets()),
      isRunning: () => payload.isRunning(),
      isStale: () => payload.isStale(),
    };
  }

  #resolveOffset(offset: string): void {
    const before = this.#resolved?.end ?? 0;
    this.#resolved = this.#run.position(offsetText(offset), this.#shown);
    this.#run.unresolved = this.#resolved.offset;
    this.#parts.commits.handled(this.#resolved.end - before);
    // Some handlers return early, pause, and resolve when their work is done.
    if (this.#returned) this.#resolve().catch(() => undefined);
  }

  /** Settles what the handler resolved, then tells kafkajs. */
  async #resolve(): Promise<boolean> {
    const resolved = this.#resolved;
    if (resolved === null) return true;
    if (!(await this.#run.resolve(resolved.end, resolved.offset))) return false;
    if (this.#resolved === resolved) this.#run.unresolved = null;
    return true;
  }

  async #heartbeat(): Promise<void> {
    try {
      await this.#run.payload.heartbeat();
    } catch (error) {
      const commit = isRebalancing(error) && this.#parts.commits.enabled;
      await this.#run.beforeRethrow(this.#resolved?.end ?? 0, commit, this.#resolved?.offset);
      throw error;
    }
  }
}
