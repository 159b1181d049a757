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
}

/** Where events go. Adapters make one for their transport. */
export interface AuditSink {
  /**
   * Resolves when every event is acknowledged by all that must hold it; rejects when that is not certain. Is called
   * again only when it has settled; after a rejection with the same events, of which some may be there already.
   */
  write(batch: AuditBatch): Promise<void>;
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
