// Whether a message's issue time fits its epoch, the clock and its route (envelope/SPEC.md E-28).
import type { Clock, InPlace } from '@sealwire/core';
import { InabilityError, PolicyError } from '@sealwire/core';

export interface FreshnessOptions {
  /** How far clocks may differ. */
  readonly skewMs: number;
  /** This receiver’s own. */
  readonly clock: Clock;
}

/**
 * Makes the freshness check of a receiver. Age is judged at the broker's append time where the broker stamped it, so that
 * a consumer that is hours behind refuses nothing honest; otherwise at the time of receipt. It is never judged as of an
 * earlier time than before: what was forgotten because it was too old stays too old.
 */
export function checkFreshness({ skewMs, clock }: FreshnessOptions): (message: InPlace) => void {
  /**
   * @throws PolicyError ERR_POLICY_EPOCH, ERR_POLICY_FUTURE, ERR_POLICY_AGE;
   *   InabilityError ERR_UNABLE_CLOCK, ERR_UNABLE_REPLAY: nothing can be judged
   */
  return ({ header, session, route, received, memory }) => {
    const { issuedAtMs } = header;
    if (issuedAtMs < session.epochStartMs - skewMs || issuedAtMs >= session.epochEndMs + skewMs) {
      throw new PolicyError('ERR_POLICY_EPOCH', 'The message was issued outside the epoch of its session.', {
        issuedAtMs,
      });
    }
    const { appendedAtMs, receivedAtMs } = received;
    if (appendedAtMs === null && received.source.transport === 'kafka' && route.maxAgeStated === false)
      throw unstamped(received.source.topic, route.channel);
    // Reading now what was appended later than now: one of the clocks is wrong, and not the message.
    if (memory !== null && appendedAtMs !== null && appendedAtMs > clock.nowMs() + skewMs)
      throw ahead(appendedAtMs);
    const judgedAtMs = Math.max(appendedAtMs ?? receivedAtMs, memory?.clockMs ?? 0);
    if (issuedAtMs > judgedAtMs + skewMs) {
      throw new PolicyError(
        'ERR_POLICY_FUTURE',
        'The message was issued in the future: compare the clocks of sender, broker and receiver.',
        {
          issuedAtMs,
          judgedAtMs,
        },
      );
    }
    if (judgedAtMs - issuedAtMs > route.maxAgeMs && memory?.liftsAge(received) !== true) {
      throw new PolicyError(
        'ERR_POLICY_AGE',
        'The message is older than the max_age of its type or channel allows.',
        {
          issuedAtMs,
          judgedAtMs,
          maxAgeMs: route.maxAgeMs,
        },
      );
    }
  };
}

function unstamped(topic: string, channel: string): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_REPLAY',
    `The topic ${topic} is not stamped by its broker, so age is judged by this machine’s clock: say in the policy how old its messages may get while they wait (channels.${channel}.max_age: 24h), or type: kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config message.timestamp.type=LogAppendTime`,
    { topic, channel },
  );
}

function ahead(appendedAtMs: number): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_CLOCK',
    'The broker stamps a time that is still to come here: compare its clock with this machine’s.',
    { appendedAtMs },
  );
}
