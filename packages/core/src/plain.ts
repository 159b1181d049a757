// Messages that are not sealed, where the policy lets a channel go without that for a time. None can pass for a verified one.
import type { Code } from './codes.js';
import type { HeaderField } from './header-field.js';
import type { Outgoing, Received } from './message.js';

/** The modes of a channel that is not held to its policy yet. */
export type WeakMode = 'observe' | 'migrate';

/** What a policy says of a channel that admits plaintext. It ends by the clock: nobody may keep the answer for longer. */
export interface PlaintextTerms {
  readonly mode: WeakMode;
  /** From then on the channel is held to its policy, as if nothing of this were there. */
  readonly untilMs: number;
  /** Agents and groups whose plaintext is admitted; `null`: anybody’s. */
  readonly from: readonly string[] | null;
  /** The clear header that names the sender; `null`: none does. A claim: whoever may write to the topic can make it. */
  readonly senderHeader: string | null;
  /** Whether RabbitMQ’s senders are known by `user_id`, which the broker compares with who is connected; or by the header. */
  readonly byUserId: boolean;
  /** The clear header that names the message type, where a channel has several. */
  readonly typeHeader: string | null;
}

/** How the sender of a plaintext message is known: by what the broker vouches for, by a header, or not at all. */
export type SenderEvidence = 'user_id' | 'header' | 'none';

/** A received plaintext message that the policy admits for now. Nothing vouches for it, and it may be a replay. */
export interface Plain {
  readonly verified: false;
  readonly plain: true;
  readonly received: Received;
  readonly channel: string;
  readonly mode: WeakMode;
  /** As `evidence` says; `null` where nothing does. */
  readonly claimedSender: string | null;
  readonly evidence: SenderEvidence;
  /** The message type that its payload was held to; `null` where that could not be told. */
  readonly type: string | null;
  readonly recipients: readonly string[];
  /** Why it would be refused if the channel were held to its policy: the first reason, or that it is plaintext. */
  readonly wouldRefuse: Code;
  /** The sender that it claims has sealed messages on this channel before, since this process began. */
  readonly downgrade: boolean;
  /** SHA-256 over key and value as received. */
  readonly recordHash: Buffer;
}

/** A message that leaves as the application gave it, because its channel is only observed. */
export interface InClear {
  readonly inClear: true;
  readonly message: Outgoing;
  readonly value: Buffer | null;
  readonly key: Buffer | null;
  readonly headers: readonly HeaderField[];
  readonly refersTo: null;
  readonly channel: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly type: string | null;
  readonly atMs: number;
  /** Why it would not be sent if the channel were held to its policy; `null`: it would be sealed and sent. */
  readonly wouldRefuse: Code | null;
  /** SHA-256 over key and value. */
  readonly recordHash: Buffer;
}

/** Whether an outgoing message leaves in clear. */
export const isInClear = (one: object): one is InClear => (one as Partial<InClear>).inClear === true;
