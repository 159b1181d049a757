// Runs a handler message by message, with the commits, pauses and seeks that kafkajs would have made.
import { faultPoint, isHandedOver } from '@sealwire/core';
import type { EachMessageHandler } from 'kafkajs';
import type { AutoCommit } from './auto-commit.js';
import type { BatchRun } from './batch-run.js';
import type { Pauses } from './pauses.js';
import { isRebalancing } from './rebalancing.js';
import { userMessage } from './user-message.js';

/** kafkajs throttles heartbeats itself; asking it more often than this only costs. */
const heartbeatCheckMs = 100;

/** One batch given to `eachMessage`. */
export class EachMessage {
  readonly #run: BatchRun;
  readonly #handler: EachMessageHandler;
  readonly #commits: AutoCommit;
  readonly #pauses: Pauses;
  readonly #pausesBefore: number;
  /** Records before it are done. */
  #done = 0;
  #checkedMs = Date.now();

  constructor(run: BatchRun, handler: EachMessageHandler, commits: AutoCommit, pauses: Pauses) {
    this.#run = run;
    this.#handler = handler;
    this.#commits = commits;
    this.#pauses = pauses;
    this.#pausesBefore = pauses.count;
  }

  /**
   * Resolves when all that was handled is committed, as far as auto-commit asks. A handler’s error is thrown unchanged.
   * @param handled called once the handler is done with all of them
   */
  async start(handled: () => void = () => undefined): Promise<void> {
    const { messages, outcomes } = this.#run;
    let more = true;
    // One slice is audited while the next is handled.
    let settling: Promise<boolean> = Promise.resolve(true);
    while (more && outcomes.length < messages.length) {
      more = (await this.#openSlice(settling)) && (await this.#handleSlice());
      if (!(await settling)) return;
      settling = this.#run.resolve(this.#done);
      settling.catch(() => undefined);
    }
    handled();
    if (!(await settling)) return;
    if (this.#commits.enabled) await this.#run.commit();
    if (this.#done === this.#run.end) await this.#run.halt(this.#done);
  }

  /** @param settling the slice before: what was handled must not come again because the next could not be opened */
  async #openSlice(settling: Promise<boolean>): Promise<boolean> {
    try {
      return await this.#run.openSlice();
    } catch (error) {
      await settling.catch(() => undefined);
      throw error;
    }
  }

  /** @returns whether to go on with the next slice */
  async #handleSlice(): Promise<boolean> {
    const run = this.#run;
    const { end, outcomes, messages } = run;
    while (this.#done < end) {
      if (!run.wanted) return false;
      const outcome = outcomes[this.#done]!;
      const handedOver = isHandedOver(outcome);
      if (handedOver) {
        run.handed = this.#done + 1;
        await this.#handle(userMessage(messages[this.#done]!, outcome));
      }
      run.handed = ++this.#done;
      this.#commits.handled(1);
      if (!handedOver) continue;
      if (Date.now() - this.#checkedMs >= heartbeatCheckMs) await this.#heartbeat();
      if (this.#commits.enabled && this.#commits.isDue() && !(await this.#commitDone())) return false;
      if (this.#isPaused()) return false;
    }
    return end === outcomes.length;
  }

  async #handle(message: ReturnType<typeof userMessage>): Promise<void> {
    const { topic, partition } = this.#run.payload.batch;
    faultPoint('kafka.handing');
    try {
      await this.#handler({ topic, partition, message, heartbeat: this.#heartbeat, pause: this.#pause });
      faultPoint('kafka.handled');
    } catch (error) {
      await this.#run.beforeRethrow(this.#done, this.#commits.enabled);
      throw error;
    }
  }

  readonly #heartbeat = async (): Promise<void> => {
    this.#checkedMs = Date.now();
    try {
      await this.#run.payload.heartbeat();
    } catch (error) {
      await this.#run.beforeRethrow(this.#done, isRebalancing(error) && this.#commits.enabled);
      throw error;
    }
  };

  readonly #pause = (): (() => void) => {
    this.#pauses.count++;
    return this.#run.payload.pause();
  };

  async #commitDone(): Promise<boolean> {
    if (!(await this.#run.resolve(this.#done))) return false;
    await this.#run.commit();
    return true;
  }

  #isPaused(): boolean {
    if (this.#pauses.count === this.#pausesBefore) return false;
    const { topic, partition } = this.#run.payload.batch;
    return this.#pauses.isPaused(topic, partition);
  }
}
