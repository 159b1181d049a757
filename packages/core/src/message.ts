// Messages in no client's terms: what an application gives, what is put on the wire, what is read, what is handed over.
import type { Destination, Source } from './address.js';
import type { HeaderField } from './header-field.js';
import type { ReferredSession } from './session-source.js';

/** What the application, its route or `describe` says about a message beyond its bytes. */
export interface Description {
  readonly type?: string;
  readonly contentType?: string;
  /** 16 raw bytes; anything longer belongs into the application's own headers, which are sealed. */
  readonly correlationId?: Buffer;
  /** 16 raw bytes. */
  readonly causationId?: Buffer;
}

/** A message that an application wants to send. Buffers are read while it is sealed and never changed. */
export interface Outgoing {
  readonly destination: Destination;
  /** `null` is a Kafka tombstone; empty is a message without content. They are not the same. */
  readonly payload: Buffer | null;
  /** The Kafka record key: travels in clear, is bound. `null` where there is none. */
  readonly key: Buffer | null;
  readonly headers: readonly HeaderField[];
  /** The Kafka partition that the record will go to and nowhere else; `null` on transports without partitions. */
  readonly partition: number | null;
  readonly description: Description;
}

/** What an adapter hands to its client in place of an outgoing message. */
export interface Sealed {
  /** `null` for a tombstone, whose envelope stands in the header `sealwire`. */
  readonly value: Buffer | null;
  readonly key: Buffer | null;
  /** The headers that travel in clear; all others are inside the seal. */
  readonly headers: readonly HeaderField[];
  /** The session that it refers to, the same object for all of its messages; `null` where it is self-contained. */
  readonly refersTo: ReferredSession | null;
  readonly facts: MessageFacts;
}

/** A record as it was read, before anything in it is believed. */
export interface Received {
  readonly source: Source;
  readonly value: Buffer | null;
  readonly key: Buffer | null;
  readonly headers: readonly HeaderField[];
  /** When the broker appended it, if the broker itself stamped it; otherwise `null`. */
  readonly appendedAtMs: number | null;
  readonly receivedAtMs: number;
  /** As its transport says, where that knows of one; nothing vouches for it. */
  readonly contentType?: string | null;
  /** Who published it: AMQP’s `user_id`, which RabbitMQ compares with the user that is connected; `null` where it has none. */
  readonly userId?: string | null;
}

/** What is known about a message: on sending from its making, on receiving because it was verified. */
export interface MessageFacts {
  readonly sender: string;
  /** Agents and groups. */
  readonly recipients: readonly string[];
  readonly channel: string;
  readonly type: string;
  readonly contentType: string;
  readonly issuedAtMs: number;
  /** Instance, stream and sequence: 16 + 4 + 8 bytes. Never used twice by an honest sender. */
  readonly nonce: Buffer;
  /** SHA-256, 32 bytes: the leaf that the sender's signature covers. */
  readonly messageHash: Buffer;
  readonly senderKeyId: Buffer;
  readonly correlationId: Buffer | null;
  readonly causationId: Buffer | null;
}

/** Beside a message that was rejected before, and was re-driven since. */
export interface Redriven {
  /** The operator. */
  readonly by: string;
  /** Of the message that carried it; its nonce counts as accepted like the message’s own. */
  readonly carrier: MessageFacts;
  /** Why it was rejected, by whom and when, as that agent has signed. */
  readonly code: string;
  readonly rejectedBy: string;
  readonly judgedAtMs: number;
}

/** A message that passed every stage. */
export interface Verified {
  readonly verified: true;
  readonly plain?: never;
  readonly received: Received;
  readonly payload: Buffer | null;
  /** The application's headers: those from inside the seal, then the bound clear ones. Unbound ones are left out. */
  readonly headers: readonly HeaderField[];
  readonly facts: MessageFacts;
  /** Id of this agent’s or its group’s key that it was opened with, lower-case hex; `null` for a tombstone. */
  readonly recipientKeyId?: string | null;
  /** The sender's key has been revoked, from a time on that is later than when this message was appended. */
  readonly keyRevoked?: boolean;
  /** It was rejected before. `received` is then what carried it, and all else is its own. */
  readonly redriven?: Redriven;
  /** Whether it is a replay cannot be known for certain: the log did not reach back far enough. */
  readonly unverifiable?: boolean;
}
