// A verdict on bytes: why a record was not handed to the application.
import type { Code } from './codes.js';
import type { Received } from './message.js';

/** The claims of an unverified record. They may be lies: for audit and quarantine only, marked as such. */
export interface Claims {
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly type: string | null;
}

/** A rejected record. The application never sees it; audit and quarantine do. */
export interface Rejected {
  readonly verified: false;
  readonly received: Received;
  readonly code: Code;
  /** Says what was wrong, without quoting the record. */
  readonly reason: string;
  /** SHA-256 over key and value as received: names unverified bytes without borrowing a `messageHash`. */
  readonly recordHash: Buffer;
  /** `null` where the envelope could not even be parsed. */
  readonly claims: Claims | null;
  /** The bytes of the session that it refers to, where it came by reference and the session is known; otherwise `null`. */
  readonly session: Buffer | null;
}
