// One permission of the policy: who may send which message type to whom on which channel, and in what form.
import type { Destination, Source } from './address.js';
import type { Description } from './message.js';
import type { PlaintextTerms } from './plain.js';

/** How payloads are compressed inside the seal: raw DEFLATE (RFC 1951) or Zstandard (RFC 8878). */
export type Compression = 'deflate' | 'zstd';

/** A line of the policy, resolved. The same object is returned for the same permission, so it can key a map. */
export interface Route {
  /** The logical channel. */
  readonly channel: string;
  readonly type: string;
  /** The agents that may send it, groups, and patterns of agents’ names: what they mean is found out when it is checked. */
  readonly senders: readonly string[];
  /** Agents and groups that it is sealed for, sorted by bytes. */
  readonly audience: readonly string[];
  readonly contentType: string;
  /** SHA-256 of the payload schema, or empty where the policy names none. */
  readonly schema: Buffer;
  /** Hashes of other schemas that are received by as well: those of senders that have not changed yet. */
  readonly acceptedSchemas?: readonly Buffer[];
  /** Names of application headers that travel in clear, bound by the header’s digest. */
  readonly clearHeaders: ReadonlySet<string>;
  /** How payloads may be compressed inside the seal; left out or `null`: not at all. */
  readonly compression?: Compression | null;
  /** The Kafka topic that its sessions are looked up in; `null` where messages are self-contained on Kafka too. */
  readonly sessionTopic: string | null;
  /** How old a message may be when it is judged. */
  readonly maxAgeMs: number;
  /** Whether the policy says so itself: it must, where the broker does not stamp append times. */
  readonly maxAgeStated?: boolean;
}

/** What a policy answers about channels. Look-ups are synchronous and cheap: they happen per message. */
export interface Routes {
  /**
   * The route for what this agent wants to send.
   * @throws UsageError ERR_USAGE_CHANNEL, ERR_USAGE_DESCRIBE; PolicyError ERR_POLICY_SENDER, ERR_POLICY_TYPE
   */
  outbound(destination: Destination, description: Description): Route;
  /** The logical channel that a source belongs to, or `null` where the policy maps none. */
  channelOf(source: Source): string | null;
  /** The session topic of a source’s channel, or `null` where its messages must be self-contained. */
  sessionTopicOf(source: Source): string | null;
  /** The route of a type on a channel, or `null` where the policy has none. */
  inbound(channel: string, type: string): Route | null;
  /** Whether an agent is one of those whom a list of agents, groups and patterns means. The list is known by its identity. */
  means?(senders: readonly string[], agent: string): boolean;
  /** All routes of a channel. */
  on?(channel: string): readonly Route[];
  /** The logical channel that a destination belongs to, or `null` where the policy maps none. */
  channelTo?(destination: Destination): string | null;
  /** Whether any channel admits plaintext, or did: asked before anything else about it. */
  readonly admitPlaintext?: boolean;
  /** The terms of a channel that admits plaintext; `null` for one that is held to its policy. Whether they are over is for the caller to see. */
  plaintextOn?(channel: string): PlaintextTerms | null;
  /**
   * The route of what carries re-driven messages to an audience of a channel; `null` where nothing on the channel has it,
   * or the policy names nobody who may.
   */
  redrive?(channel: string, audience: readonly string[]): Route | null;
}
