// What an adapter is given: the contract between the facade and the packages that wrap clients.
import type { Source, Transport } from './address.js';
import type { AuditEvent, AuditOutcome, AuditSink, AuditState } from './audit-event.js';
import type { AuditTopicRules } from './audit-topic.js';
import type { ClaimGuard } from './claim-guard.js';
import type { ConnectionGuard } from './connection-guard.js';
import type { Judged } from './judged.js';
import type { Outgoing, Received, Sealed } from './message.js';
import type { Maced } from './outbound-states.js';
import type { InClear } from './plain.js';
import type { Redriver } from './redrive.js';
import type { Rejected } from './rejection.js';
import type { ReplayLedger, ReplayMemory, ReplayRules } from './replay-memory.js';
import type { SessionRules, SessionSource } from './session-source.js';

/** The sending side, for one client object. */
export interface Outlet {
  /**
   * Seals a batch, synchronously and in order. All or nothing.
   * @throws SealwireError: nothing was sealed, nothing may be sent. UsageError ERR_USAGE_KEY_STORE where the key store
   *   does not sign at once: then use `sealLater`.
   */
  seal(batch: readonly Outgoing[]): readonly Sealed[];
  /**
   * As `seal`, for every key store. Begins at once (what there is to refuse is refused before this returns its promise to
   * wait for); calls are answered in order.
   */
  sealLater(batch: readonly Outgoing[]): Promise<readonly Sealed[]>;
  /**
   * The first half of `seal`, for clients that give one message at a time: throws whatever there is to refuse, and reads
   * the message, which may change afterwards. What began must be finished, in order and before anything else happens.
   */
  begin(batch: readonly Outgoing[]): readonly Maced[];
  /** The second half, over all that began since: one signature for many messages. @throws InabilityError ERR_UNABLE_AUDIT */
  finish(begun: readonly Maced[]): readonly Sealed[];
  /**
   * What leaves in clear, because the policy only observes its channel at this moment: one answer a message, `null` for
   * what has to be sealed; `null` alone where that is all. To be asked for each batch, before `seal` or `begin`. Nothing
   * is kept of what was only asked: `keep` does that.
   * @throws UsageError ERR_USAGE_MESSAGE for what receivers would take for a sealed message
   */
  inClear(batch: readonly Outgoing[]): readonly (InClear | null)[] | null;
  /**
   * Keeps what leaves in clear, as `seal` does what is sealed: synchronously, right before the client is called with it.
   * All or nothing; what was kept has to be concluded.
   * @throws InabilityError ERR_UNABLE_AUDIT: nothing may be sent
   */
  keep(batch: readonly InClear[]): void;
  /** Audits what became of messages that were sealed or kept. Resolves when the events are safe. */
  conclude(
    batch: readonly (Sealed | InClear)[],
    outcome: 'acknowledged' | 'failed' | 'unknown',
    facts?: AuditEvent['facts'],
  ): Promise<void>;
}

/** The receiving side, for one client object. */
export interface Inlet {
  /**
   * Whether the policy maps a topic or queue: to be asked before subscribing or consuming.
   * @throws UsageError ERR_USAGE_CHANNEL; ERR_USAGE_REPLAY where the same channel is read from another topic already
   */
  checkSource(source: Source): void;
  /**
   * Judges a batch: one outcome a record, in order. @throws InabilityError: nothing was judged, try again.
   * @param memory of the place that all of the batch was read from; `null` where the adapter guards against replays itself
   */
  open(batch: readonly Received[], memory: ReplayMemory | null): Promise<readonly Judged[]>;
  /**
   * Notes in a ledger what of these records was accepted when they were read before. Nothing is handed over, rejected or
   * audited. @throws InabilityError: nothing was noted, try again.
   */
  revisit(batch: readonly Received[], ledger: ReplayLedger): Promise<void>;
  /**
   * Audits what became of judged records, after handler and quarantine and before commit or acknowledgement.
   * Resolves when the events are safe; rejects with InabilityError otherwise: then do not commit.
   */
  conclude(outcomes: readonly Judged[], rejectedOutcome?: AuditOutcome): Promise<void>;
  /**
   * Signs evidence of rejections, to be kept beside them in quarantine: without it a message is never re-driven.
   * `null` for what nothing can cure, and while this agent has no good key.
   * @throws InabilityError ERR_UNABLE_KEY_STORE
   */
  testify(rejected: readonly Rejected[]): Promise<readonly (Buffer | null)[]>;
}

export interface InletOptions {
  /** Without it, every message by reference to a session that is not known yet meets ERR_UNABLE_SESSIONS. */
  readonly sessions?: SessionSource;
  /** The consumer group that it reads for. */
  readonly group?: string;
}

/** What to do with rejected records, and where. */
export interface QuarantineSettings {
  readonly onReject: 'quarantine' | 'halt' | 'drop';
  /** The Kafka topic or RabbitMQ queue. */
  readonly name: string;
  /** RabbitMQ: the exchange that is written to; empty, the default exchange, which reaches every queue. */
  readonly exchange?: string;
}

/** An open Sealwire: one agent under one policy. Adapters take it; applications open and close it. */
export interface Sealwire {
  readonly agent: string;
  readonly maxMessageBytes: number;
  /** Whether `Outlet.seal` and `finish` can be used: the key store signs at once. */
  readonly synchronous: boolean;
  outlet(transport: Transport, sink: AuditSink): Outlet;
  inlet(transport: Transport, sink: AuditSink, options?: InletOptions): Inlet;
  /** The replay guard of a transport without offsets, shared by all its clients; `null` where offsets keep the memory. */
  claims(transport: Transport): ClaimGuard | null;
  /** The session topics of the policy’s Kafka channels, and what their records are held to. */
  readonly sessions: SessionRules;
  /** What Kafka consumers remember, to refuse replays. */
  readonly replay: ReplayRules;
  /** @throws UsageError ERR_USAGE_POLICY where the policy has no connection for this transport. */
  connection(transport: Transport): ConnectionGuard;
  quarantine(transport: Transport): QuarantineSettings;
  /** The audit topic (Kafka) or exchange (RabbitMQ). */
  auditTarget(transport: Transport): string;
  /** What is asked of the audit topic when a client starts; `null` where no event goes to Kafka. */
  readonly auditTopic: AuditTopicRules | null;
  /** The RabbitMQ exchange of notices of checkpoints; `null` where there is none. */
  readonly noticeExchange: string | null;
  /** Audits an event that is not about a message, through the sink of the transport that saw it. Resolves when it is published;
   * it is kept before that, and published by a later start where this one ends first. */
  report(transport: Transport, sink: AuditSink, event: AuditEvent): Promise<void>;
  /** How the audit trails of this process stand, for metrics. */
  auditStates(): readonly AuditState[];
  /** For the operator’s tool. @throws PolicyError ERR_POLICY_REDRIVE where the policy does not name this agent for it. */
  redriver(): Redriver;
  /**
   * Publishes what the audit trail’s sinks take at once, keeps the rest for the next start, and forgets keys. Nothing can be
   * sealed or opened afterwards. To be called before what the sinks write with is closed. Again is once.
   */
  close(): Promise<void>;
}
