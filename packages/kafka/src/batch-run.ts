// One fetched batch on its way: opened, handed over, audited, resolved, committed, in that order and no other.
import {
  faultPoint,
  isRejected,
  type AuditOutcome,
  type Inlet,
  type Judged,
  type QuarantineSettings,
  type Rejected,
  type ReplayLedger,
} from '@sealwire/core';
import type { EachBatchPayload, Logger, OffsetsByTopicPartition } from 'kafkajs';
import type { AutoCommit } from './auto-commit.js';
import type { JunkLimit } from './junk-limit.js';
import { compareOffsets, countBefore, countUpTo, nextOffset } from './offsets.js';
import type { PartitionMemories } from './partition-memories.js';
import type { Quarantine } from './quarantine.js';
import { isAnswer } from './rebalancing.js';
import { toReceived, type RawMessage } from './received.js';
import { untilAble, type Waiting } from './until-able.js';

/** What all batches of one consumer share. */
export interface RunParts {
  readonly inlet: Inlet;
  readonly onReject: QuarantineSettings['onReject'];
  readonly quarantine: Quarantine;
  readonly junk: JunkLimit;
  readonly commits: AutoCommit;
  readonly memories: Pick<PartitionMemories, 'commit' | 'isCurrent' | 'known'>;
  readonly logger: Logger;
}

const rejectedOutcomes: Record<QuarantineSettings['onReject'], AuditOutcome> = {
  quarantine: 'quarantined',
  drop: 'dropped',
  halt: 'halted',
};

/** Whether it was refused, rather than skipped as a copy that its sender’s retry explains. */
const isRefused = (outcome: Judged): outcome is Rejected =>
  isRejected(outcome) && outcome.code !== 'ERR_POLICY_DUPLICATE';

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
  readonly outcomes: Judged[] = [];
  /** The position of the record that halts the partition, or else how many are opened. */
  end = 0;
  /** Records before it were given to the handler or need none. */
  handed = 0;
  /** The offset that the handler has resolved and kafkajs does not know yet, or `null`. */
  unresolved: string | null = null;
  readonly #parts: RunParts;
  readonly #ledger: ReplayLedger;
  readonly #waiting: Waiting;
  readonly #settling: Waiting;
  #concluded = 0;
  #tail: Promise<unknown> = Promise.resolve();

  /** @param ledger knows everything that was accepted below the batch */
  constructor(payload: EachBatchPayload, parts: RunParts, ledger: ReplayLedger) {
    this.payload = payload;
    this.#ledger = ledger;
    this.messages = payload.batch.messages;
    this.#parts = parts;
    this.#waiting = {
      wanted: () => payload.isRunning(),
      heartbeat: () => payload.heartbeat(),
      logger: parts.logger,
      facts: { topic: payload.batch.topic, partition: payload.batch.partition },
    };
    // The records were handled. kafkajs answers an error of the network by fetching them again in the same session, so
    // only the broker's word that this is no member any more may end the wait.
    const heartbeat = (): Promise<void> =>
      payload.heartbeat().catch((error: unknown) => {
        if (isAnswer(error)) throw error;
      });
    this.#settling = { ...this.#waiting, heartbeat };
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
      const opened = await this.#parts.inlet.open(records, this.#ledger);
      if (opened.length !== records.length) throw new Error('a batch was opened incompletely');
      for (const outcome of opened) this.outcomes.push(outcome);
      this.#ledger.passed(this.#offsetBehind(this.outcomes.length));
      const { onReject } = this.#parts;
      const halted = onReject === 'halt' ? opened.findIndex(isRefused) : -1;
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
    // The group may have divided its partitions anew: then this is another’s by now, or its ledger knows nothing of it.
    if (!this.#isOwned) return false;
    const resolved = offset ?? this.messages[end - 1]?.offset;
    if (resolved !== undefined) this.payload.resolveOffset(resolved);
    return true;
  }

  /** Commits everything that kafkajs knows as resolved. Rejections are kafkajs’ own. */
  async commit(): Promise<void> {
    if (!this.#isOwned) return;
    const { commits } = this.#parts;
    const { topics } = this.uncommittedOffsets();
    faultPoint('kafka.committing');
    await this.commitOffsets(topics);
    faultPoint('kafka.committed');
    commits.committed();
  }

  /** Commits offsets with the state as of them. Rejections are kafkajs’ own. */
  commitOffsets(topics: OffsetsByTopicPartition['topics']): Promise<void> {
    return this.#parts.memories.commit(topics, (offsets) => this.payload.commitOffsetsIfNecessary(offsets));
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
    if (this.#parts.onReject !== 'halt' || halted === undefined || !isRefused(halted)) return;
    this.payload.pause();
    const advice = 'The partition halts at a rejected record: resume it or seek past it when that is decided';
    const { code, reason } = halted;
    const offset = this.messages[end]!.offset;
    this.#parts.logger.error(advice, { ...this.#waiting.facts, offset, code, reason });
    await untilAble(() => this.#parts.inlet.conclude([halted], 'halted'), this.#settling);
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

  /** kafkajs’ own, without those of partitions that are only revisited: committed, they would move the group back. */
  uncommittedOffsets(): OffsetsByTopicPartition {
    return { topics: this.#parts.memories.known(this.payload.uncommittedOffsets().topics) };
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

  get #isOwned(): boolean {
    const { topic, partition } = this.payload.batch;
    return this.#parts.memories.isCurrent(this.#ledger, topic, partition);
  }

  /** Behind the last record stand control records and aborted ones, of which nothing is to be known. */
  #offsetBehind(count: number): number {
    const { messages, payload } = this;
    return 1 + Number(count < messages.length ? messages[count - 1]!.offset : payload.batch.lastOffset());
  }

  async #settle(end: number): Promise<boolean> {
    if (end <= this.#concluded) return true;
    const part = this.outcomes.slice(this.#concluded, end);
    const { inlet, onReject, quarantine, junk } = this.#parts;
    const rejected = part.filter(isRefused);
    let told: readonly Judged[] = part;
    if (rejected.length > 0 && onReject === 'quarantine') {
      // Once, however often it has to be written.
      const kept = junk.divide(rejected, Date.now());
      if (!(await untilAble(() => quarantine(kept), this.#settling))) return false;
      faultPoint('kafka.quarantined');
      if (kept !== rejected) told = [...part.filter((outcome) => !isRefused(outcome)), ...kept];
    }
    const conclude = (): Promise<void> => inlet.conclude(told, rejectedOutcomes[onReject]);
    if (!(await untilAble(conclude, this.#settling))) return false;
    faultPoint('kafka.audited');
    this.#concluded = end;
    return true;
  }
}
