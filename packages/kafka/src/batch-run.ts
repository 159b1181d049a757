// One fetched batch on its way: opened, handed over, audited, resolved, committed, in that order and no other.
import {
  faultPoint,
  type AuditOutcome,
  type Inlet,
  type QuarantineSettings,
  type Rejected,
  type Verified,
} from '@sealwire/core';
import type { EachBatchPayload, Logger, OffsetsByTopicPartition } from 'kafkajs';
import type { AutoCommit } from './auto-commit.js';
import { compareOffsets, countBefore, countUpTo, nextOffset } from './offsets.js';
import type { Quarantine } from './quarantine.js';
import { toReceived, type RawMessage } from './received.js';
import { untilAble, type Waiting } from './until-able.js';

/** What all batches of one consumer share. */
export interface RunParts {
  readonly inlet: Inlet;
  readonly onReject: QuarantineSettings['onReject'];
  readonly quarantine: Quarantine;
  readonly commits: AutoCommit;
  readonly logger: Logger;
}

const rejectedOutcomes: Record<QuarantineSettings['onReject'], AuditOutcome> = {
  quarantine: 'quarantined',
  drop: 'dropped',
  halt: 'halted',
};

/** How many records are opened at once: bounds memory, and how long the first message waits for the last. */
export const sliceRecords = 500;

/**
 * The state of one batch. Positions count the batch’s records, rejected ones included; control records and aborted
 * ones are not among them. kafkajs commits all that is resolved, also on behalf of other partitions: so an offset is
 * resolved only after everything up to it has been handled, quarantined and audited.
 */
export class BatchRun {
  readonly payload: EachBatchPayload;
  readonly messages: readonly RawMessage[];
  readonly outcomes: (Verified | Rejected)[] = [];
  /** The position of the record that halts the partition, or else how many are opened. */
  end = 0;
  /** Records before it were given to the handler or need none. */
  handed = 0;
  /** The offset that the handler has resolved and kafkajs does not know yet, or `null`. */
  unresolved: string | null = null;
  readonly #parts: RunParts;
  readonly #waiting: Waiting;
  #concluded = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(payload: EachBatchPayload, parts: RunParts) {
    this.payload = payload;
    this.messages = payload.batch.messages;
    this.#parts = parts;
    this.#waiting = {
      wanted: () => payload.isRunning(),
      heartbeat: () => payload.heartbeat(),
      logger: parts.logger,
      facts: { topic: payload.batch.topic, partition: payload.batch.partition },
    };
  }

  /** Whether records are still wanted: the consumer runs and nobody asked to read elsewhere. */
  get wanted(): boolean {
    return this.payload.isRunning() && !this.payload.isStale();
  }

  /** Opens the next slice. @returns whether to go on: `false` when the records are not wanted any more */
  async openSlice(): Promise<boolean> {
    const { topic, partition } = this.payload.batch;
    const start = this.outcomes.length;
    const nowMs = Date.now();
    const records = this.messages
      .slice(start, start + sliceRecords)
      .map((message) => toReceived(topic, partition, message, nowMs));
    const open = async (): Promise<void> => {
      const opened = await this.#parts.inlet.open(records);
      if (opened.length !== records.length) throw new Error('a batch was opened incompletely');
      for (const outcome of opened) this.outcomes.push(outcome);
      const { onReject } = this.#parts;
      const halted = onReject === 'halt' ? opened.findIndex(({ verified }) => !verified) : -1;
      this.end = halted === -1 ? this.outcomes.length : start + halted;
    };
    const isOpen = await untilAble(open, { ...this.#waiting, wanted: () => this.wanted });
    faultPoint('kafka.opened');
    return isOpen && this.wanted;
  }

  /**
   * Quarantines and audits the records before `end`. Calls run one after another.
   * @returns `false` when the consumer stops before it can be done
   */
  settle(end: number): Promise<boolean> {
    const settled = this.#tail.then(() => this.#settle(end));
    this.#tail = settled.catch(() => undefined);
    return settled;
  }

  /** Settles what was handed over and lies before an offset that is about to be committed. */
  settleBefore(offset: string): Promise<boolean> {
    return this.settle(Math.min(countBefore(this.messages, offset), this.handed));
  }

  /**
   * Settles the records before `end` and tells kafkajs that they are done.
   * @param offset what to resolve, where it is not the offset of the last of them
   */
  async resolve(end: number, offset?: string): Promise<boolean> {
    if (!(await this.settle(end))) return false;
    const resolved = offset ?? this.messages[end - 1]?.offset;
    if (resolved !== undefined) this.payload.resolveOffset(resolved);
    return true;
  }

  /** Commits everything that kafkajs knows as resolved. Rejections are kafkajs’ own. */
  async commit(): Promise<void> {
    faultPoint('kafka.committing');
    await this.payload.commitOffsetsIfNecessary(this.payload.uncommittedOffsets());
    faultPoint('kafka.committed');
    this.#parts.commits.committed();
  }

  /**
   * Before a handler’s error goes back to kafkajs: resolves and commits what was done before it. Whatever goes wrong
   * here is only logged: it must not hide that error, and what is not committed is delivered again.
   */
  async beforeRethrow(end: number, commit: boolean, offset?: string): Promise<void> {
    try {
      if ((end > 0 || offset !== undefined) && (await this.resolve(end, offset)) && commit)
        await this.commit();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.logger.error('What was handled before an error could not be committed', {
        ...this.#waiting.facts,
        reason,
      });
    }
  }

  /** If the batch halts at `end`: pauses the partition there, says so, and audits it. */
  async halt(end: number): Promise<void> {
    const halted = this.outcomes[end];
    if (this.#parts.onReject !== 'halt' || halted === undefined || halted.verified) return;
    this.payload.pause();
    const advice = 'The partition halts at a rejected record: resume it or seek past it when that is decided';
    const { code, reason } = halted;
    const offset = this.messages[end]!.offset;
    this.#parts.logger.error(advice, { ...this.#waiting.facts, offset, code, reason });
    await untilAble(() => this.#parts.inlet.conclude([halted], 'halted'), this.#waiting);
  }

  /**
   * Where a handler’s offset stands among the records. Resolving the last message that it was shown resolves the
   * rejected and control records behind it too, which it cannot know of.
   * @param shown how many records there are up to the last one that was shown
   */
  position(offset: string, shown: number): { readonly end: number; readonly offset: string } {
    const { end: limit, messages } = this;
    const count = Math.min(countUpTo(messages, offset), limit);
    if (count < shown || count === 0) return { end: count, offset };
    if (limit < messages.length) return { end: limit, offset: messages[limit - 1]!.offset };
    const last = this.payload.batch.lastOffset();
    return { end: limit, offset: compareOffsets(offset, last) > 0 ? offset : last };
  }

  /** kafkajs’ uncommitted offsets, with those that the handler resolved here. */
  withUnresolved({ topics }: OffsetsByTopicPartition): OffsetsByTopicPartition {
    if (this.unresolved === null) return { topics };
    const { topic, partition } = this.payload.batch;
    const mine = { partition, offset: nextOffset(this.unresolved) };
    const others = topics.find((each) => each.topic === topic)?.partitions ?? [];
    // kafkajs’ partitions are strings here, in spite of its types.
    const rest = others.filter((each) => `${each.partition}` !== `${partition}`);
    const partitions = [...rest, mine];
    return { topics: [...topics.filter((each) => each.topic !== topic), { topic, partitions }] };
  }

  async #settle(end: number): Promise<boolean> {
    if (end <= this.#concluded) return true;
    const part = this.outcomes.slice(this.#concluded, end);
    const { inlet, onReject, quarantine } = this.#parts;
    const rejected = part.filter((outcome): outcome is Rejected => !outcome.verified);
    if (rejected.length > 0 && onReject === 'quarantine') {
      if (!(await untilAble(() => quarantine(rejected), this.#waiting))) return false;
      faultPoint('kafka.quarantined');
    }
    const conclude = (): Promise<void> => inlet.conclude(part, rejectedOutcomes[onReject]);
    if (!(await untilAble(conclude, this.#waiting))) return false;
    faultPoint('kafka.audited');
    this.#concluded = end;
    return true;
  }
}
