// What happened in a run of the crash harness, as its files tell: what the accounting is made from.

/** When, in ms since 1970, of this machine's one clock. */
export type AtMs = number;

/**
 * One stretch of a consumer's life in which nothing comes to it twice: on Kafka from joining the group to losing its
 * partitions, on RabbitMQ one connection. A consumer that is killed leaves its last session without an end of its own;
 * the supervisor's knowledge of the kill ends it.
 */
export interface Session {
  readonly name: string;
  readonly startedAtMs: AtMs;
  readonly endedAtMs: AtMs;
}

/** The application's handler has seen a message. Written before the handler does anything. */
export interface Handling {
  readonly id: string;
  /** Kafka: `topic/partition/offset`. RabbitMQ: the queue; a delivery has no lasting place. */
  readonly place: string;
  readonly session: string;
  readonly atMs: AtMs;
  /** RabbitMQ: which of the adversary's copies it was, where that copy was marked. */
  readonly copy: string | null;
  /** When the handler was done with it and, on RabbitMQ, asked for its acknowledgement; null where it never was. */
  readonly doneAtMs: AtMs | null;
  /** RabbitMQ: lower-case hex of the message hash. */
  readonly messageHash?: string;
}

/** A commit that the broker has confirmed. */
export interface Commit {
  readonly session: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly atMs: AtMs;
}

/** A verdict of the audit trail. */
export interface Outcome {
  readonly outcome: 'delivered' | 'quarantined' | 'skipped' | 'dropped' | 'halted';
  readonly code: string | null;
  /** Kafka. */
  readonly place: string | null;
  readonly messageHash: string | null;
  readonly recordHash: string | null;
  /** RabbitMQ: when the adversary read it, which is when it was audited, or a little later. */
  readonly seenAtMs?: AtMs;
}

/** A quarantined record. */
export interface Quarantined {
  readonly place: string | null;
  readonly recordHash: string;
  readonly code: string;
}

interface Sent {
  /** Before the call of the client. */
  readonly attempted: ReadonlySet<string>;
  /** The broker has confirmed it. */
  readonly acknowledged: ReadonlySet<string>;
}

export interface KafkaHistory extends Sent {
  /** Every record of the log, read by somebody else. */
  readonly log: readonly { readonly id: string; readonly place: string; readonly appendedAtMs: AtMs }[];
  /** What the adversary tried to append, by id and where to. */
  readonly injected: readonly { readonly id: string; readonly topic: string; readonly partition: number }[];
  readonly sessions: readonly Session[];
  readonly handlings: readonly Handling[];
  readonly commits: readonly Commit[];
  readonly outcomes: readonly Outcome[];
  readonly quarantine: readonly Quarantined[];
}

export interface RabbitmqHistory extends Sent {
  /** Record hashes by id, as a tap on the exchange saw them. */
  readonly recordHashes: ReadonlyMap<string, string>;
  /** What the adversary published; `mark` where the copy can be told from the original. */
  readonly injected: readonly {
    readonly id: string;
    readonly queue: string;
    readonly mark: string | null;
    readonly confirmed: boolean;
  }[];
  readonly sessions: readonly Session[];
  readonly handlings: readonly Handling[];
  readonly outcomes: readonly Outcome[];
  readonly quarantine: readonly Quarantined[];
  /** Messages that were left in the queues. */
  readonly left: number;
}

/** The books of one transport. */
export interface Account {
  readonly sent: number;
  readonly acknowledged: number;
  /** Distinct messages that a handler saw. */
  readonly handled: number;
  readonly lost: number;
  readonly replaysInjected: number;
  readonly replaysAccepted: number;
  readonly honestRefused: number;
  /** How often a handler saw a message again. */
  readonly duplicatesHandled: number;
  /** Those of them that were in flight at a crash, a lost connection or a rebalance. */
  readonly duplicatesExplained: number;
  /** Copies that the sender's own client made by trying again. */
  readonly clientRetries: number;
  readonly quarantined: number;
  readonly skipped: number;
  readonly unaccounted: number;
  /** The first few of everything that should not be. */
  readonly problems: readonly string[];
}

/** Whether the books balance. */
export const holds = (account: Account): boolean =>
  account.lost === 0 &&
  account.replaysAccepted === 0 &&
  account.honestRefused === 0 &&
  account.unaccounted === 0 &&
  account.duplicatesHandled === account.duplicatesExplained &&
  account.acknowledged > 0;
