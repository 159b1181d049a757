// What one consumer remembers of its partitions: loaded or rebuilt at the first batch, committed with every offset.
import { InabilityError, type AuditEvent, type Inlet, type ReplayLedger } from '@sealwire/core';
import type { Consumer, EachBatchPayload, Offsets, TopicOffsets } from 'kafkajs';
import { GroupCommits, type CommittedOffset } from './group-commits.js';
import { LedgerSource, type FoundLedger, type Revisit } from './ledger-source.js';
import type { ReadingAt } from './log-reach.js';
import { toReceived } from './received.js';
import { rebuiltEvent } from './replay-event.js';
import { returnToLog, type ReturnParts } from './return-to-log.js';
import { untilAble, type Waiting } from './until-able.js';

export interface MemoryParts extends ReturnParts {
  readonly agent: string;
  readonly inlet: Pick<Inlet, 'revisit'>;
  /** kafkajs’ own. */
  readonly seek: Consumer['seek'];
  readonly report: (event: AuditEvent) => void;
}

/** Of one partition that this consumer owns. */
interface Memory {
  readonly ledger: ReplayLedger;
  /** While records are only revisited: from where and up to where. */
  revisiting: Revisit | null;
}

/** Where this class has sent kafkajs, and where reading goes on when nothing has been committed. */
interface OwnSeek {
  readonly offset: number;
  readonly onward: number;
}

/** How many records are revisited between heartbeats. */
const sliceRecords = 500;

/** The memories of one consumer. What it owned before a rejoin is dropped: it may be another’s by now. */
export class PartitionMemories {
  readonly #parts: MemoryParts;
  readonly #source: LedgerSource;
  readonly #commits = new GroupCommits();
  readonly #memories = new Map<string, Memory>();
  /** Until a batch of the partition comes. kafkajs keeps a seek over a rejoin, and longer where the partition goes elsewhere. */
  readonly #ownSeeks = new Map<string, OwnSeek>();
  #assigned: ReadonlySet<string> = new Set();

  constructor(parts: MemoryParts) {
    this.#parts = parts;
    this.#source = new LedgerSource(parts, this.#commits);
  }

  /**
   * To be called before kafkajs may fetch: what the group has committed is still there then. Never rejects.
   * @param fromBeginning whether reading begins at the beginning where the group has no offset
   */
  async begin(topics: readonly string[], fromBeginning: boolean): Promise<void> {
    for (const topic of topics) {
      try {
        await returnToLog(this.#parts, topic, await this.#look(topic), fromBeginning);
      } catch (error) {
        // kafkajs goes on without; then the memory is rebuilt, or the partition halts.
        this.#commits.missed(topic);
        const reason = error instanceof Error ? error.message : String(error);
        this.#parts.logger.warn('What the group has committed could not be seen to', { topic, reason });
      }
    }
  }

  /** The group has divided its partitions anew. Nothing that was read before may be committed any more. */
  assigned(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#memories.clear();
    const names = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => nameOf(topic, partition)),
    );
    this.#assigned = new Set(names);
    for (const topic of Object.keys(assignment)) this.#look(topic).catch(() => undefined);
  }

  /** The application reads on elsewhere. */
  sought(topic: string, partition: number): void {
    const name = nameOf(topic, partition);
    this.#ownSeeks.delete(name);
    if (this.#memories.get(name)?.revisiting != null) this.#memories.delete(name);
  }

  /** kafkajs has passed records that nobody sees: markers of transactions, and what was aborted. */
  skipped(topic: string, partition: number, first: number, last: number): void {
    const memory = this.#memories.get(nameOf(topic, partition));
    if (memory !== undefined && first <= memory.ledger.position) memory.ledger.passed(last + 1);
  }

  /** Whether a ledger is still the one of its partition: what was read under another must not be committed. */
  isCurrent(ledger: ReplayLedger, topic: string, partition: number): boolean {
    return this.#memories.get(nameOf(topic, partition))?.ledger === ledger;
  }

  /**
   * Those offsets whose state is known: for commits of what the application did not name. Until a seek of ours has been
   * followed, kafkajs’ own offset of the partition is one of the rebuild: committed, it would move the group back.
   */
  known(topics: readonly TopicOffsets[]): TopicOffsets[] {
    return filtered(
      topics,
      (topic, partition) =>
        this.#ledger(topic, partition) !== null && !this.#ownSeeks.has(nameOf(topic, partition)),
    );
  }

  /**
   * Commits offsets, each with the state as of it. Of partitions that are not this consumer’s any more nothing is.
   * @param commit kafkajs’ own
   */
  async commit(topics: readonly TopicOffsets[], commit: (offsets: Offsets) => Promise<void>): Promise<void> {
    const offsets = this.withState(topics);
    if (offsets.topics.length === 0) return;
    await commit(offsets);
    this.committed(offsets.topics);
  }

  withState(topics: readonly TopicOffsets[]): Offsets {
    const owned = filtered(topics, (topic, partition) => this.#assigned.has(nameOf(topic, partition)));
    return {
      topics: owned.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((each) => {
          const ledger = this.#ledger(topic, each.partition);
          return ledger === null ? each : { ...each, metadata: ledger.metadataAt(Number(each.offset)) };
        }),
      })),
    };
  }

  /** kafkajs has committed these. */
  committed(topics: readonly TopicOffsets[]): void {
    for (const { topic, partitions } of topics) {
      this.#commits.saw(topic, partitions);
      for (const { partition, offset } of partitions)
        this.#ledger(topic, partition)?.committed(Number(offset));
    }
  }

  /**
   * The ledger to judge a batch by: it knows everything that was accepted below the batch.
   * @returns `null` where the batch must not be handled: it was only revisited, or reading goes on elsewhere
   */
  async ready(payload: EachBatchPayload): Promise<ReplayLedger | null> {
    const { topic, partition } = payload.batch;
    if (payload.isStale()) return null;
    const known = this.#memories.get(nameOf(topic, partition));
    const own = this.#ownSeeks.get(nameOf(topic, partition));
    this.#ownSeeks.delete(nameOf(topic, partition));
    if (known === undefined && own !== undefined && (await this.#strayed(own, payload))) return null;
    if (known?.revisiting != null) return this.#revisit(known, payload);
    const at = readingAt(payload);
    if (known !== undefined && at.offset >= known.ledger.base && at.offset <= known.ledger.position)
      return known.ledger;
    let found: FoundLedger | null = null;
    const attempt = async (): Promise<void> => {
      const ahead = known !== undefined && at.offset > known.ledger.position;
      found = ahead ? await this.#source.reachTo(known.ledger, at) : await this.#source.load(payload, at);
    };
    if (!(await untilAble(attempt, this.#waiting(payload)))) return null;
    return this.#take(found, payload);
  }

  /**
   * A seek of ours from before a rejoin must not be taken for the application’s: it would hand over again what the group
   * has committed.
   * @returns whether the batch is such a seek’s; reading goes on where the group is
   */
  async #strayed(own: OwnSeek, payload: EachBatchPayload): Promise<boolean> {
    const { topic, partition, offset } = readingAt(payload);
    if (offset !== own.offset) return false;
    let group = -1;
    const attempt = async (): Promise<void> => {
      group = Number((await this.#source.committedOf(topic, partition))?.offset ?? -1);
    };
    if (!(await untilAble(attempt, this.#waiting(payload)))) return true;
    const onward = group < 0 ? own.onward : group;
    if (onward === offset) return false;
    if (!payload.isStale()) this.#seek(topic, partition, { offset: onward, onward });
    return true;
  }

  async #look(topic: string): Promise<readonly CommittedOffset[]> {
    const offsets = await this.#parts.committed(topic);
    this.#commits.saw(topic, offsets);
    return offsets;
  }

  #seek(topic: string, partition: number, own: OwnSeek): void {
    this.#ownSeeks.set(nameOf(topic, partition), own);
    this.#parts.seek({ topic, partition, offset: `${own.offset}` });
  }

  #take(found: FoundLedger | null, payload: EachBatchPayload): ReplayLedger | null {
    const { topic, partition } = payload.batch;
    const name = nameOf(topic, partition);
    if (found === null || payload.isStale() || !this.#assigned.has(name)) return null;
    const { ledger, revisit } = found;
    const { from, to, complete } = revisit;
    const isWhole = from >= to;
    this.#memories.set(name, { ledger, revisiting: isWhole ? null : revisit });
    if (isWhole) {
      if (!complete) this.#report({ topic, partition }, revisit);
      return ledger;
    }
    this.#seek(topic, partition, { offset: from, onward: to });
    return null;
  }

  /** Nothing of it is handed over. */
  async #revisit(memory: Memory, payload: EachBatchPayload): Promise<null> {
    const { ledger } = memory;
    const { topic, partition, messages } = payload.batch;
    const { to } = memory.revisiting!;
    const old = messages.filter(({ offset }) => Number(offset) >= ledger.position && Number(offset) < to);
    const waiting = this.#waiting(payload);
    for (let start = 0; start < old.length; start += sliceRecords) {
      const nowMs = Date.now();
      const records = old
        .slice(start, start + sliceRecords)
        .map((message) => toReceived(topic, partition, message, nowMs));
      if (!(await untilAble(() => this.#parts.inlet.revisit(records, ledger), waiting))) return null;
      await payload.heartbeat();
    }
    if (payload.isStale() || !this.isCurrent(ledger, topic, partition)) return null;
    const next = Number(payload.batch.lastOffset()) + 1;
    ledger.passed(Math.min(next, to));
    if (next >= to) {
      this.#report({ topic, partition }, memory.revisiting!);
      memory.revisiting = null;
    }
    if (next > to) this.#seek(topic, partition, { offset: to, onward: to });
    else payload.resolveOffset(payload.batch.lastOffset());
    return null;
  }

  #report(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    { from, to, complete }: Revisit,
  ): void {
    const { agent, group, report } = this.#parts;
    report(rebuiltEvent({ agent, group, topic, partition, from, to, complete }));
  }

  /** Of a partition that is not being revisited. */
  #ledger(topic: string, partition: number): ReplayLedger | null {
    const memory = this.#memories.get(nameOf(topic, partition));
    return memory === undefined || memory.revisiting !== null ? null : memory.ledger;
  }

  #waiting(payload: EachBatchPayload): Waiting {
    const { topic, partition } = payload.batch;
    return {
      wanted: () => payload.isRunning() && !payload.isStale(),
      heartbeat: () => payload.heartbeat(),
      logger: this.#parts.logger,
      facts: { topic, partition },
    };
  }
}

/** kafkajs has partitions as strings in places, in spite of its types. */
const nameOf = (topic: string, partition: number | string): string => `${partition} ${topic}`;

/** Where the fetch began: between there and its first record is nothing that anybody sees. */
function readingAt({ batch }: EachBatchPayload): ReadingAt {
  const { fetchedOffset } = batch as typeof batch & { readonly fetchedOffset?: unknown };
  const { topic, partition } = batch;
  const first = toReceived(topic, partition, batch.messages[0]!, Date.now());
  const offset = Number(fetchedOffset);
  if (!Number.isSafeInteger(offset))
    throw new InabilityError(
      'ERR_UNABLE_REPLAY',
      'This release of kafkajs does not say where a fetch began.',
    );
  return { topic, partition, offset, appendedAtMs: first.appendedAtMs };
}

function filtered(
  topics: readonly TopicOffsets[],
  keep: (topic: string, partition: number) => boolean,
): TopicOffsets[] {
  return topics
    .map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.filter(({ partition }) => keep(topic, partition)),
    }))
    .filter(({ partitions }) => partitions.length > 0);
}
