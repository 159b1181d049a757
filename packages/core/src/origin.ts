// What was verified about a received message, kept beside it rather than in it.
import type { MessageFacts, Verified } from './message.js';
import type { Plain, SenderEvidence } from './plain.js';

/**
 * The answer of `origin`. `verified` is `true` for every message of a channel that is held to its policy; only one that
 * the policy lets go without that for a time (`mode: observe` or `migrate`) can bring plaintext.
 */
export type Origin = VerifiedOrigin | PlainOrigin;

/** Of a message whose sender’s signature, place and freshness were verified. */
export interface VerifiedOrigin extends MessageFacts {
  readonly verified: true;
  /**
   * The sender's key has been revoked, from a time on that is later than when this message was appended. It was
   * believed; whether what it says is still to be acted on is the application's to decide.
   */
  readonly keyRevoked: boolean;
  /** The operator who had it delivered after it had been rejected; `null` for every other message. */
  readonly redrivenBy: string | null;
  /**
   * It may have been delivered before: what was accepted is not known, the log did not reach back, and the policy says
   * `replay.on_unverifiable: deliver`.
   */
  readonly unverifiable: boolean;
}

/** Of a plaintext message: nothing was verified, so all that a signature would vouch for is `null`. */
export interface PlainOrigin extends Readonly<Record<Exclude<keyof MessageFacts, 'channel'>, null>> {
  readonly verified: false;
  readonly channel: string;
  /** Who it says has sent it, and as which type. `by`: `user_id` is the broker’s word, `header` anybody’s. */
  readonly claimed: {
    readonly sender: string | null;
    readonly by: SenderEvidence;
    readonly type: string | null;
  };
  readonly keyRevoked: false;
  readonly redrivenBy: null;
  /** Plaintext has no nonce: whether it is a replay cannot be told. */
  readonly unverifiable: true;
}

const origins = new WeakMap<object, Verified | Plain>();

/** For adapters: notes where a client’s message object came from. */
export function rememberOrigin(message: object, outcome: Verified | Plain): void {
  origins.set(message, outcome);
}

/** For adapters of frameworks that copy messages: what is known of `from` is known of its copy `to` as well. */
export function shareOrigin(from: object, to: object): void {
  const outcome = origins.get(from);
  if (outcome !== undefined) origins.set(to, outcome);
}

/**
 * What was verified about a message that a wrapped client handed over: sender, type, nonce, hash, key.
 * @returns `null` for any other object, also for copies of the message: ask the original.
 */
export function origin(message: object): Origin | null {
  const outcome = origins.get(message);
  if (outcome === undefined) return null;
  if (!outcome.verified) return plainOrigin(outcome);
  return {
    ...factsOf(outcome.facts),
    verified: true,
    keyRevoked: outcome.keyRevoked === true,
    redrivenBy: outcome.redriven?.by ?? null,
    unverifiable: outcome.unverifiable === true,
  };
}

function plainOrigin({ channel, claimedSender, evidence, type }: Plain): PlainOrigin {
  return {
    verified: false,
    channel,
    claimed: { sender: claimedSender, by: evidence, type },
    sender: null,
    recipients: null,
    type: null,
    contentType: null,
    issuedAtMs: null,
    nonce: null,
    messageHash: null,
    senderKeyId: null,
    correlationId: null,
    causationId: null,
    keyRevoked: false,
    redrivenBy: null,
    unverifiable: true,
  };
}

/** Copies through the getters that a lazy implementation may have. */
function factsOf(facts: MessageFacts): MessageFacts {
  const { sender, recipients, channel, type, contentType, issuedAtMs, nonce, messageHash, senderKeyId } =
    facts;
  const { correlationId, causationId } = facts;
  return {
    sender,
    // A copy: the list is the session’s own, by which the next message is judged.
    recipients: [...recipients],
    channel,
    type,
    contentType,
    issuedAtMs,
    nonce,
    messageHash,
    senderKeyId,
    correlationId,
    causationId,
  };
}
