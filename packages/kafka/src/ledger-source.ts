// Where the memory of a partition comes from: what the group has committed, or else what its log still says (replay/SPEC.md ).
import type { LedgerPlace, ReplayLedger, ReplayRules } from '@sealwire/core';
import type { EachBatchPayload, Logger } from 'kafkajs';
import { logReach, type LogParts, type ReadingAt } from './log-reach.js';

/** What the group has committed for one partition. */
export interface CommittedOffset {
  readonly partition: number;
  readonly offset: string;
  readonly metadata: string | null;
}

export interface SourceParts extends LogParts {
  readonly group: string;
  readonly rules: ReplayRules;
  readonly cluster: () => Promise<string>;
  readonly committed: (topic: string) => Promise<readonly CommittedOffset[]>;
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

  constructor(parts: SourceParts) {
    this.#parts = parts;
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
    const complete = reach.complete || offset < 0;
    if (!complete) {
      if (rules.onUnverifiable === 'halt' && !allowed) {
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

  #halt(payload: EachBatchPayload, { topic, partition, offset }: ReadingAt): void {
    payload.pause();
    const { group, logger } = this.#parts;
    const advice = `What this group has accepted is not known, and the log does not reach back far enough to find out. To take what comes as it is, type: sealwire replay allow --group ${group} --topic ${topic} --partition ${partition} --from ${offset} --to <end> --by <name> --kafka <brokers>; or set replay.on_unverifiable: deliver; then resume the partition`;
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
