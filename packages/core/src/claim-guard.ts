// What an adapter without offsets asks before it hands a message over, and tells when it was handled.
import type { Verified } from './message.js';
import type { Rejected } from './rejection.js';

/** A message that this delivery, and no other, may hand over. Renewed until it is done or released. */
export interface HeldClaim {
  readonly claims: unknown;
}

/** A verified message, and what the transport says of its delivery. */
export interface AskedClaim {
  readonly verified: Verified;
  /** The broker delivered it before, or the receiver itself went back: a copy that was done already is no alarm then. */
  readonly redelivered: boolean;
}

/**
 * `granted`: hand it over. `refused`: it was handled already; ERR_POLICY_DUPLICATE is skipped, ERR_POLICY_REPLAY goes where
 * rejections go. `held`: another delivery of it is being handled; keep it and ask again.
 */
export type GuardAnswer =
  | { readonly state: 'granted'; readonly held: HeldClaim }
  | { readonly state: 'refused'; readonly rejected: Rejected }
  | { readonly state: 'held'; readonly askAgainInMs: number };

/** The replay guard of RabbitMQ: claim with a lease before the handler, done before the acknowledgement. */
export interface ClaimGuard {
  /**
   * Opens the store, where it is not open: to be called before consuming.
   * @throws UsageError ERR_USAGE_REPLAY where the store can never serve; InabilityError ERR_UNABLE_REPLAY
   */
  ready(): Promise<void>;
  /** One answer for each, in order. @throws as `ready`, and InabilityError ERR_UNABLE_CLOCK: nothing was handed out */
  claim(asked: readonly AskedClaim[]): Promise<readonly GuardAnswer[]>;
  /**
   * Handled to the end, and audited. Resolves when that survives this process.
   * @returns false where the lease was lost and another delivery of the message is being handled: ask again
   * @throws InabilityError: do not acknowledge, try again
   */
  done(held: readonly HeldClaim[]): Promise<readonly boolean[]>;
  /** Not handled, or not to the end. Where it fails, the leases end by themselves. Never throws. */
  release(held: readonly HeldClaim[]): Promise<void>;
}
