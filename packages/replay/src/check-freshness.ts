// Whether a message's issue time fits its epoch, the clock and its route (envelope/SPEC.md E-28).
import type { InPlace } from '@sealwire/core';
import { PolicyError } from '@sealwire/core';

export interface FreshnessOptions {
  /** How far clocks may differ. */
  readonly skewMs: number;
}

/**
 * Makes the freshness check of a receiver. Age is judged at the broker's append time where the broker stamped it, so that
 * a consumer that is hours behind refuses nothing honest; otherwise at the time of receipt.
 */
export function checkFreshness({ skewMs }: FreshnessOptions): (message: InPlace) => void {
  /** @throws PolicyError ERR_POLICY_EPOCH, ERR_POLICY_FUTURE, ERR_POLICY_AGE */
  return ({ header, session, route, received }) => {
    const { issuedAtMs } = header;
    if (issuedAtMs < session.epochStartMs - skewMs || issuedAtMs >= session.epochEndMs + skewMs) {
      throw new PolicyError('ERR_POLICY_EPOCH', 'The message was issued outside the epoch of its session.', {
        issuedAtMs,
      });
    }
    const judgedAtMs = received.appendedAtMs ?? received.receivedAtMs;
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
    if (judgedAtMs - issuedAtMs > route.maxAgeMs) {
      throw new PolicyError('ERR_POLICY_AGE', 'The message is older than its channel’s max_age allows.', {
        issuedAtMs,
        judgedAtMs,
        maxAgeMs: route.maxAgeMs,
      });
    }
  };
}
