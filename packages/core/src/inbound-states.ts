// What a received record is at each point of its journey: each state has what the next stage needs, so a wrong order does not compile.
import type { HeaderField } from './header-field.js';
import type { HeaderFacts } from './header-facts.js';
import type { Received, Verified } from './message.js';
import type { Rejected } from './rejection.js';
import type { ReplayMemory } from './replay-memory.js';
import type { Route } from './route.js';
import type { Session } from './session.js';

declare const inPlace: unique symbol;
declare const fresh: unique symbol;
declare const notReplayed: unique symbol;
declare const authentic: unique symbol;

/** A record on trial. `rejected` is set by the stage that refuses it; later stages never see it. */
export interface OnTrial {
  readonly received: Received;
  /** Of the place that the batch was read from; `null` where its adapter guards against replays by itself. */
  readonly memory: ReplayMemory | null;
  rejected: Rejected | null;
  verified: Verified | null;
}

/** It is a well-formed envelope of a known version. Nothing in it is believed yet. */
export interface Parsed extends OnTrial {
  readonly session: Session;
  /** Whether it came without its session, which was known or looked up. */
  readonly byReference: boolean;
  /** The header record’s bytes as received. */
  readonly headerBytes: Buffer;
  readonly header: HeaderFacts;
  readonly body: Buffer;
  readonly mac: Buffer;
  readonly treeSize: number;
  readonly leafIndex: number;
  /** 32 bytes a node. */
  readonly path: Buffer;
  readonly signature: Buffer;
}

/** Local policy has a route for what it claims to be. */
export interface Permitted extends Parsed {
  readonly route: Route;
}

/** It lies where it was sealed for: channel, partition, record key, clear headers. */
export interface InPlace extends Permitted {
  readonly [inPlace]: true;
}

/** Its issue time fits its epoch, the clock and the route. */
export interface Fresh extends InPlace {
  readonly [fresh]: true;
}

/** The directory knows the signing key, it is good, belongs to the claimed sender, and the policy allows that sender. */
export interface KnownSender extends Fresh {
  /** Uncompressed point, 65 bytes. */
  readonly senderPublicKey: Buffer;
}

/** The sender’s signature covers it. */
export interface Vouched extends KnownSender {
  /** 32 bytes as a latin1 string. */
  readonly contentHash: string;
  /** 32 bytes as a latin1 string. */
  readonly messageHash: string;
}

/** Its nonce was not accepted at another place. */
export interface NotReplayed extends Vouched {
  readonly [notReplayed]: true;
}

/** The data key is there; `keys` is what the envelope needs of it. */
export interface Unwrapped extends NotReplayed {
  readonly keys: unknown;
}

/** The mac holds: the message is committed to this one data key. */
export interface Authentic extends Unwrapped {
  readonly [authentic]: true;
}

/** Its body is decrypted. */
export interface Opened extends Authentic {
  readonly payload: Buffer | null;
  readonly headers: readonly HeaderField[];
}
