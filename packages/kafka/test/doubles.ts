// Stand-ins for what surrounds a batch: records, a journey that opens them, and a log of what happened in which order.
import { isHandedOver } from '@sealwire/core';
import type {
  AuditOutcome,
  Inlet,
  Judged,
  Plain,
  Received,
  Rejected,
  ReplayLedger,
  Sealed,
  Verified,
} from '@sealwire/core';
import kafkajs, {
  type EachBatchPayload,
  type KafkaMessage,
  type Logger,
  type Offsets,
  type OffsetsByTopicPartition,
} from 'kafkajs';
import Batch from 'kafkajs/src/consumer/batch.js';
import { JunkLimit } from '../src/junk-limit.js';
import { AutoCommit, type CommitRules } from '../src/auto-commit.js';
import { BatchRun, type RunParts } from '../src/batch-run.js';
import type { PartitionMemories } from '../src/partition-memories.js';

export const silent = new kafkajs.Kafka({ brokers: ['none:1'], logLevel: kafkajs.logLevel.NOTHING }).logger();

export interface LoggedLine {
  readonly message: string;
  readonly extra: Record<string, unknown>;
}

/** A logger that keeps its errors. */
export function keepingLogger(lines: LoggedLine[]): Logger {
  return { ...silent, error: (message, extra) => void lines.push({ message, extra: { ...extra } }) };
}

/** A record as kafkajs decodes it; a value that begins with `bad` will be rejected. */
export const record = (offset: number, value: string | null, more: object = {}): KafkaMessage =>
  ({
    magicByte: 2,
    attributes: 0,
    timestamp: '1700000000000',
    offset: String(offset),
    key: null,
    value: value === null ? null : Buffer.from(value),
    headers: {},
    isControlRecord: false,
    batchContext: { timestampType: 0 },
    ...more,
  }) as unknown as KafkaMessage;

/** kafkajs’ own class over records; control records may be among them. */
export const batchOf = (records: KafkaMessage[], highWatermark = '1000'): EachBatchPayload['batch'] =>
  new Batch('t', records[0]!.offset, {
    partition: 0,
    highWatermark,
    messages: records,
    abortedTransactions: [],
  });

const facts = {
  sender: 'alice',
  recipients: ['team'],
  channel: 'c',
  type: 'm',
  contentType: 'application/octet-stream',
  issuedAtMs: 0,
  nonce: Buffer.alloc(28),
  messageHash: Buffer.alloc(32),
  senderKeyId: Buffer.alloc(16),
  correlationId: null,
  causationId: null,
};

export const sealedOf = (value: Buffer | null, key: Buffer | null = null): Sealed => ({
  value,
  key,
  headers: [],
  refersTo: null,
  facts,
});

export const verifiedOf = (received: Received, headers: Verified['headers'] = []): Verified => ({
  verified: true,
  received,
  payload: received.value === null ? null : Buffer.from(`open ${received.value.toString()}`),
  headers,
  facts,
});

export const rejectedOf = (received: Received): Rejected => ({
  verified: false,
  received,
  code: 'ERR_FORMAT_NOT_SEALED',
  reason: 'for the test',
  recordHash: Buffer.alloc(32, 1),
  claims: null,
  session: null,
});

/** A memory that takes everything. */
export const openLedger = (passed: number[] = []): ReplayLedger => ({
  clockMs: 0,
  base: 0,
  position: 0,
  since: 0,
  windowMs: 60_000,
  allowedTo: 0,
  begin: () => undefined,
  liftsAge: () => false,
  admit: () => false,
  withdraw: () => undefined,
  load: () => 'state',
  startAt: () => undefined,
  note: () => undefined,
  passed: (offset) => void passed.push(offset),
  doubt: () => undefined,
  metadataAt: (offset) => `state as of ${offset}`,
  committed: () => undefined,
});

/** The memories of a consumer that owns everything. */
export const openMemories = (): PartitionMemories =>
  ({
    ready: () => Promise.resolve(openLedger()),
    known: (topics: unknown) => topics,
    isCurrent: () => true,
    commit: (topics: OffsetsByTopicPartition['topics'], commit: (offsets: Offsets) => Promise<void>) =>
      commit({ topics }),
  }) as unknown as PartitionMemories;

const plainOf = (received: Received): Plain => ({
  verified: false,
  plain: true,
  received,
  channel: 'orders',
  mode: 'migrate',
  claimedSender: null,
  evidence: 'none',
  type: null,
  recipients: [],
  wouldRefuse: 'ERR_FORMAT_NOT_SEALED',
  downgrade: false,
  recordHash: Buffer.alloc(32),
});

const offsetOf = (outcome: Judged): string => (outcome.received.source as { offset: string }).offset;

/** One batch with everything around it; `events` says what happened, in order. */
export interface Bench {
  readonly events: string[];
  readonly errors: LoggedLine[];
  /** What the memory was told to have been read, in order. */
  readonly passed: number[];
  readonly payload: EachBatchPayload;
  readonly commits: AutoCommit;
  readonly run: BatchRun;
  running: boolean;
  stale: boolean;
  paused: boolean;
  /** Whether the partition is this consumer’s still. */
  owned: boolean;
  /** Thrown by the next calls, one each. */
  readonly failing: Record<'open' | 'conclude' | 'quarantine' | 'heartbeat' | 'commit', unknown[]>;
}

export function bench(
  records: KafkaMessage[],
  options: Partial<CommitRules> & { readonly onReject?: RunParts['onReject'] } = {},
): Bench {
  const { autoCommit = true, autoCommitInterval = null, autoCommitThreshold = null } = options;
  const events: string[] = [];
  const errors: LoggedLine[] = [];
  const passed: number[] = [];
  const failing: Bench['failing'] = { open: [], conclude: [], quarantine: [], heartbeat: [], commit: [] };
  const attempt = (name: keyof Bench['failing']): void => {
    const error = failing[name].shift();
    if (error === undefined) return;
    events.push(`${name} failed`);
    throw error as Error;
  };
  const inlet: Inlet = {
    checkSource: () => undefined,
    revisit: () => Promise.resolve(),
    async open(batch) {
      attempt('open');
      return batch.map((each) =>
        each.value?.toString().startsWith('bad') === true
          ? rejectedOf(each)
          : each.value?.toString().startsWith('plain') === true
            ? plainOf(each)
            : verifiedOf(each),
      );
    },
    async conclude(outcomes, rejectedOutcome: AuditOutcome = 'quarantined') {
      attempt('conclude');
      const what = outcomes.map(
        (each) => `${offsetOf(each)}${isHandedOver(each) ? '' : `:${rejectedOutcome}`}`,
      );
      events.push(`conclude ${what.join(',')}`);
    },
    testify: async (rejected) => rejected.map(() => null),
  };
  const resolved = new Map<string, string>();
  const batch = batchOf(records);
  const state = { running: true, stale: false, paused: false, owned: true };
  const payload: EachBatchPayload = {
    batch,
    resolveOffset: (offset) => {
      // As kafkajs: the last visible offset stands for the end of the batch.
      const last = batch.messages.at(-1)?.offset;
      resolved.set('0', offset === last ? batch.lastOffset() : offset);
      events.push(`resolve ${resolved.get('0')!}`);
    },
    heartbeat: async () => attempt('heartbeat'),
    pause: () => {
      state.paused = true;
      events.push('pause');
      return () => {
        state.paused = false;
      };
    },
    commitOffsetsIfNecessary: async (offsets) => {
      attempt('commit');
      const partitions = (offsets?.topics ?? []).flatMap((topic) => topic.partitions);
      events.push(`commit ${partitions.map(({ offset }) => offset).join(',')}`);
    },
    uncommittedOffsets: () => ({
      topics: [...resolved].map(([partition, offset]) => ({
        topic: 't',
        partitions: [{ partition: partition as unknown as number, offset: String(Number(offset) + 1) }],
      })),
    }),
    isRunning: () => state.running,
    isStale: () => state.stale,
  };
  const commits = new AutoCommit({ autoCommit, autoCommitInterval, autoCommitThreshold });
  const quarantine: RunParts['quarantine'] = async (rejected) => {
    attempt('quarantine');
    events.push(`quarantine ${rejected.map(offsetOf).join(',')}`);
  };
  const onReject = options.onReject ?? 'quarantine';
  const memories: RunParts['memories'] = {
    known: (topics) => [...topics],
    isCurrent: () => state.owned,
    commit: (topics, commit) => commit({ topics: [...topics] }),
  };
  const logger = keepingLogger(errors);
  const run = new BatchRun(
    payload,
    { inlet, onReject, quarantine, junk: new JunkLimit(), commits, memories, logger },
    openLedger(passed),
  );
  return Object.assign(state, { events, errors, passed, payload, commits, run, failing });
}
