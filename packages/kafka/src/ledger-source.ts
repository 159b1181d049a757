// Where the memory of a partition comes from: what the group has committed, or else what its log still says (replay/SPEC.md ).
import type { LedgerPlace, ReplayLedger, ReplayRules } from '@sealwire/core';
import type { EachBatchPayload, Logger } from 'kafkajs';
import type { CommittedOffset, GroupCommits } from './group-commits.js';
import { logReach, type LogParts, type ReadingAt } from './log-reach.js';

export interface SourceParts extends LogParts {
  readonly group: string;
  readonly rules: ReplayRules;
  readonly cluster: () => Promise<string>;
  /** Without the partitions that the group has never committed for. */
  readonly committed: (topic: string) => Promise<readonly CommittedOffset[]>;
  /** How old records are at least that compaction takes away, or Infinity. */
  readonly compactedAfterMs: (topic: string) => Promise<number>;
  readonly logger: Logger;
}

/** The part of the log that is to be read for a memory. */
export interface Revisit {
  readonly from: number;
  readonly to: number;
  /** Whether nothing is missing before it. */
  readonly complete: boolean;
}

/** A memory before it is whole. */
export interface FoundLedger {
  readonly ledger: ReplayLedger;
  /** Where `from` is `to` there is nothing to read. */
  readonly revisit: Revisit;
}

/** Finds the memories of one consumer’s partitions. Nothing of it is kept here. */
export class LedgerSource {
  readonly #parts: SourceParts;
  readonly #commits: Pick<GroupCommits, 'isNew'>;

  constructor(parts: SourceParts, commits: Pick<GroupCommits, 'isNew'>) {
    this.#parts = parts;
    this.#commits = commits;
  }

  /** @returns `null` where the group has committed nothing */
  async committedOf(topic: string, partition: number): Promise<CommittedOffset | null> {
    const all = await this.#parts.committed(topic);
    return all.find((each) => each.partition === partition) ?? null;
  }

  /** @returns `null` where the partition halts */
  async load(payload: EachBatchPayload, at: ReadingAt): Promise<FoundLedger | null> {
    const { rules } = this.#parts;
    const { topic, partition } = at;
    const ledger = rules.ledger(await this.#place(topic, partition));
    const committed = await this.committedOf(topic, partition);
    const offset = Number(committed?.offset ?? -1);
    const usable = offset >= 0 && offset <= at.offset;
    const loaded = usable ? ledger.load(offset, committed!.metadata) : 'foreign';
    if (loaded === 'state') return this.reachTo(ledger, at);
    const allowed = at.offset < ledger.allowedTo;
    const since = loaded === 'rebuild' && !allowed ? ledger.since : 0;
    const reach = await logReach(this.#parts, at, ledger.windowMs, since);
    ledger.startAt(reach.from);
    // A group that has never committed has accepted nothing that the log does not show.
    const complete =
      this.#commits.isNew(topic, partition, committed) ||
      at.offset === 0 ||
      (reach.complete && (await this.#parts.compactedAfterMs(topic)) >= ledger.windowMs);
    if (!complete) {
      if (rules.onUnverifiable === 'halt' && !allowed) {
        if (offset < 0) await this.#mark(payload, at);
        this.#halt(payload, at);
        return null;
      }
      ledger.doubt(at.appendedAtMs ?? Date.now());
    }
    return { ledger, revisit: { from: reach.from, to: at.offset, complete } };
  }

  /** Between a ledger’s position and where reading goes on, others may have accepted what it does not know. */
  async reachTo(ledger: ReplayLedger, at: ReadingAt): Promise<FoundLedger> {
    const to = at.offset;
    if (to <= ledger.position) return { ledger, revisit: { from: to, to, complete: true } };
    const { from } = await logReach(this.#parts, at, ledger.windowMs, ledger.position);
    ledger.passed(from);
    return { ledger, revisit: { from, to, complete: true } };
  }

  /** In place of kafkajs’ negative offset, which to another process looks as if the group had never been there. */
  async #mark(payload: EachBatchPayload, { topic, partition, offset }: ReadingAt): Promise<void> {
    const metadata = this.#parts.rules.allowance(await this.#place(topic, partition), offset, 0);
    const partitions = [{ partition, offset: `${offset}`, metadata }];
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
  }

  #halt(payload: EachBatchPayload, { topic, partition, offset }: ReadingAt): void {
    payload.pause();
    const { group, logger } = this.#parts;
    const advice = `What this group has accepted is not known, and the log does not reach back far enough to find out, or is compacted too soon (min.compaction.lag.ms). To take what comes as it is, type: sealwire replay allow --group ${group} --topic ${topic} --partition ${partition} --from ${offset} --to <end> --by <name> --kafka <brokers>; or set replay.on_unverifiable: deliver; then resume the partition`;
    logger.error('The partition halts', {
      topic,
      partition,
      offset,
      code: 'ERR_UNABLE_REPLAY',
      reason: advice,
    });
  }

  async #place(topic: string, partition: number): Promise<LedgerPlace> {
    return { cluster: await this.#parts.cluster(), group: this.#parts.group, topic, partition };
  }
}
