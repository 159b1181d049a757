// What a receiver remembers of messages that it accepted: as the journey asks it, and as an adapter keeps it.
import type { HeaderFacts } from './header-facts.js';
import type { Received } from './message.js';
import type { Session } from './session.js';

/** What a nonce and its place are read from, once a signature vouches for them. */
export interface NoncedMessage {
  readonly received: Received;
  readonly session: Session;
  readonly header: HeaderFacts;
}

/** The memory of the one place that a batch was read from, as the journey sees it. */
export interface ReplayMemory {
  /** Nothing is judged as of an earlier time: milliseconds, 0 where it knows none. */
  readonly clockMs: number;
  /** A batch is about to be judged: what was noted of this record’s place and of later ones is taken back. */
  begin(first: Received): void;
  /** Whether a deliberate re-read covers this record, for which age would otherwise be judged by the local clock. */
  liftsAge(received: Received): boolean;
  /**
   * Judges one message and notes its nonce, so that later ones of the batch meet it.
   * @returns whether what was accepted before is known only in part
   * @throws PolicyError ERR_POLICY_DUPLICATE, ERR_POLICY_REPLAY, ERR_POLICY_REPLAY_LIMIT
   */
  admit(message: NoncedMessage): boolean;
  /** The batch has been judged: what was noted of these messages, which were rejected later, is taken back. */
  withdraw(rejected: readonly Received[]): void;
}

/** Which partition a ledger is of, and for whom. */
export interface LedgerPlace {
  /** Kafka’s cluster id. */
  readonly cluster: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** What an offset’s metadata turned out to be. */
export type LoadedState =
  /** The state as of that offset. */
  | 'state'
  /** It says that the state did not fit, or that there was none: it must be rebuilt from the log. */
  | 'rebuild'
  /** Missing, of another key, of another place, or not ours. */
  | 'foreign';

/**
 * The memory of one partition for one consumer group. Offsets ascend; `position` is where reading goes on, and what is
 * known of it is the fold over everything accepted below it. What is committed with an offset is the state as of it.
 */
export interface ReplayLedger extends ReplayMemory {
  /** The lowest offset that it can go back to. */
  readonly base: number;
  readonly position: number;
  /** Where a rebuild has to begin where append times are not the broker’s; 0 where only the log’s start will do. */
  readonly since: number;
  /** What lies below this offset is read again because an operator allowed it; 0: nothing is. */
  readonly allowedTo: number;
  /** How far back in time a rebuild has to read. */
  readonly windowMs: number;
  /** Starts anew, from what was committed with an offset. */
  load(offset: number, metadata: string | null): LoadedState;
  /** Starts anew at an offset, knowing nothing; `load`’s allowance stays. */
  startAt(offset: number): void;
  /** Notes a message that was read and accepted before: nothing is judged. For rebuilding. */
  note(message: NoncedMessage): void;
  /** Everything below this offset has been read, or need not be. */
  passed(offset: number): void;
  /** From now on and for a window’s time messages are marked `unverifiable`: the log did not reach back. */
  doubt(clockMs: number): void;
  /** What to commit with an offset. */
  metadataAt(offset: number): string;
  /** An offset has been committed: it will not go back below it. */
  committed(offset: number): void;
}

/** How long a topic’s messages have to be remembered. */
export interface ReplayWindow {
  readonly channel: string;
  /** `max_age`, and what clocks may be apart. */
  readonly windowMs: number;
  /** Whether the policy states `max_age`. */
  readonly stated: boolean;
}

/** The policy’s part of it, and how ledgers are made. */
export interface ReplayRules {
  readonly onUnverifiable: 'halt' | 'deliver';
  /** The shortest `max_age` of what this agent may send over Kafka; Infinity where it may send nothing. */
  readonly shortestMaxAgeMs: number;
  /** @throws UsageError ERR_USAGE_CHANNEL where the policy does not map the topic */
  window(topic: string): ReplayWindow;
  /** @throws UsageError ERR_USAGE_FILE, ERR_USAGE_REPLAY where the key of the metadata cannot be read or made */
  ledger(place: LedgerPlace): ReplayLedger;
  /** What to commit at `from`, while nobody else is in the group, so that all up to `to` is delivered again. */
  allowance(place: LedgerPlace, from: number, to: number): string;
}
