// A verdict on bytes: why a record was not handed to the application.
import type { Code } from './codes.js';
import type { Received } from './message.js';

/** The claims of an unverified record. They may be lies: for audit and quarantine only, marked as such. */
export interface Claims {
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly type: string | null;
  /** Id of the signing key, lower-case hex. */
  readonly keyId?: string | null;
}

/** A rejected record. The application never sees it; audit and quarantine do. */
export interface Rejected {
  readonly verified: false;
  readonly plain?: never;
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
  /** It was plaintext, on a channel that admits some: what is said of it is not judged as that of a sealed message. */
  readonly wasPlain?: true;
  /** It stands for others of the same reason too, which stay where they lie. */
  readonly range?: RejectedRange;
}

/** Many rejected records of one partition, for one reason that nothing can cure. */
export interface RejectedRange {
  readonly count: number;
  /** Such as `17-40,42`. */
  readonly offsets: string;
  /** SHA-256 over their record hashes, in order. */
  readonly digest: Buffer;
}
