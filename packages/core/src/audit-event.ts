// One event of the audit trail, in no format: the audit package renders it.
import type { Transport } from './address.js';
import type { Code } from './codes.js';

/** How the message was protected, as far as this end could tell. */
export type EncryptionStatus = 'sealed' | 'signed_only' | 'plaintext' | 'failed';

export type AuditKind =
  | 'message.sent'
  | 'message.received'
  | 'message.rejected'
  | 'message.duplicate'
  | 'replay.rebuilt'
  | 'replay.allowed'
  | 'quarantine.redriven'
  | 'quarantine.purged'
  | 'connection.opened'
  | 'connection.refused'
  | 'connection.closed'
  | 'key.created'
  | 'key.rotated'
  | 'key.revoked'
  | 'key.destroyed'
  | 'key.used_after_revocation'
  | 'rotation.failed'
  | 'policy.loaded'
  | 'policy.changed'
  | 'policy.refused'
  | 'audit.started'
  | 'audit.stopped'
  | 'audit.gap'
  | 'audit.checkpoint';

/** What became of the message at this end. */
export type AuditOutcome =
  'acknowledged' | 'failed' | 'unknown' | 'delivered' | 'quarantined' | 'dropped' | 'halted' | 'skipped';

/** Facts of one event. Never payload, keys or credentials. */
export interface AuditEvent {
  readonly kind: AuditKind;
  readonly timestampMs: number;
  readonly senderId: string | null;
  readonly recipientId: string | null;
  readonly messageType: string | null;
  /** Lower-case hex: the message hash of a verified or sent message; `null` for rejected ones. */
  readonly messageHash: string | null;
  /** Lower-case hex: names the bytes of a rejected record. */
  readonly recordHash: string | null;
  readonly channel: string | null;
  readonly encryptionStatus: EncryptionStatus;
  readonly outcome: AuditOutcome;
  readonly code: Code | null;
  /** True where sender, recipient and type are claims of an unverified record. */
  readonly unverified: boolean;
  /** Coordinates and other facts: topic, partition, offset, exchange, routing key, queue, peer. */
  readonly facts: Readonly<Record<string, string | number | null>>;
}

/** Events of one chain, in its order, as they go to a sink. */
export interface AuditBatch {
  /** 32 hex digits. Events of one chain must not overtake one another. */
  readonly chain: string;
  /** The agent whose process wrote them, or its pseudonym. */
  readonly writer: string;
  /** Each one event: a JSON object of visible ASCII on one line, without the line’s end, at most 8,000 bytes. */
  readonly lines: readonly Buffer[];
  /** What the packer of this address made of the same lines, where it ran; a sink can do without. */
  readonly packed?: (packer: string) => PackedEvents | null;
}

/** Events in the form in which a sink sends them. */
export interface PackedEvents {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** What the module of `AuditSink.packer` exports as `pack`: the same bytes for the same lines. Must not keep them. */
export type PackEvents = (chain: string, lines: readonly Uint8Array[]) => Uint8Array;

/**
 * Where the writers of one audit topic tell one another which checkpoint of theirs is the newest. Whoever may write there
 * can put up anything: nothing that is read is believed before it was judged.
 */
export interface NoticeBoard {
  /** Puts a notice up for a chain. Resolves when it is kept; rejects where that is not certain. */
  put(chain: string, notice: Buffer): Promise<void>;
  /**
   * Gives what is there and what comes, for as long as a client of the application’s is connected: in any order, perhaps
   * several times, and not at all while it cannot be read. Nothing more is read before `take` has resolved; it never
   * rejects. To be called once.
   */
  follow(take: (notices: readonly Buffer[]) => Promise<void>): void;
}

/** Where events go. Adapters make one for their transport. */
export interface AuditSink {
  /**
   * Address (`file:`) of a module that exports `pack`, a `PackEvents`: where there is much to publish it is loaded and
   * called in a thread beside, so that packing costs the application’s own thread nothing. One that cannot be loaded, or
   * that throws, is not asked again: then there are lines alone.
   */
  readonly packer?: string;
  /**
   * Resolves when every event is acknowledged by all that must hold it; rejects when that is not certain. Is called
   * again only when it has settled; after a rejection with the same events, of which some may be there already.
   */
  write(batch: AuditBatch): Promise<void>;
  /** Beside the place that events go to, where the policy has one. */
  readonly notices?: NoticeBoard;
}

/** Is shown events as they happen, for metrics. Must be quick, and must not throw. */
export interface AuditObserver {
  /** @param transport whose trail the events are of */
  observe(events: readonly AuditEvent[], transport: Transport): void;
}

/** How one trail stands, for metrics. */
export interface AuditState {
  /** The transport that its events were seen on. */
  readonly trail: Transport;
  /** Events that are safe here and not yet with every sink. */
  readonly spooledEvents: number;
  readonly spoolBytes: number;
  readonly spoolMaxBytes: number;
  readonly publishedEvents: number;
  /** Only under `when_full: drop`. */
  readonly droppedEvents: number;
  /** When the oldest event that is not yet with every sink happened; `null` where there is none. */
  readonly oldestSpooledAtMs: number | null;
  readonly lastCheckpointAtMs: number | null;
}
