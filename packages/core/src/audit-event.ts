// One event of the audit trail, in no format: the audit package renders it.
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
  | 'key.created'
  | 'key.rotated'
  | 'key.revoked'
  | 'key.destroyed'
  | 'rotation.failed'
  | 'policy.loaded'
  | 'policy.changed'
  | 'policy.refused';

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

/** An event as it goes to a sink: its partitioning key and its JSON text. */
export interface AuditLine {
  readonly key: string;
  readonly json: string;
}

/** Where events go. Adapters make one for their transport. */
export interface AuditSink {
  /** Resolves when every line is acknowledged by all that must hold it; rejects when that is not certain. */
  write(lines: readonly AuditLine[]): Promise<void>;
}
