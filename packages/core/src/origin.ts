// What was verified about a received message, kept beside it rather than in it.
import type { MessageFacts, Verified } from './message.js';

/** The answer of `origin`. `verified` is `true` for every message that an enforcing consumer hands over. */
export interface Origin extends MessageFacts {
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

const origins = new WeakMap<object, Verified>();

/** For adapters: notes where a client’s message object came from. */
export function rememberOrigin(message: object, verified: Verified): void {
  origins.set(message, verified);
}

/**
 * What was verified about a message that a wrapped client handed over: sender, type, nonce, hash, key.
 * @returns `null` for any other object, also for copies of the message: ask the original.
 */
export function origin(message: object): Origin | null {
  const verified = origins.get(message);
  if (verified === undefined) return null;
  return {
    ...factsOf(verified.facts),
    verified: true,
    keyRevoked: verified.keyRevoked === true,
    redrivenBy: verified.redriven?.by ?? null,
    unverifiable: verified.unverifiable === true,
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
