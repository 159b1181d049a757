// Asks for a batch of opened deliveries, in one call, whether each may be handed over.
import type { AsyncResource } from 'node:async_hooks';
import type { ClaimGuard, GuardAnswer, Rejected } from '@sealwire/core';
import type { ConsumeMessage } from 'amqplib';
import type { Delivery } from './delivery.js';

/** A delivery that opened, what it opened to, and the asynchronous context that it came in. */
export interface OpenedArrival {
  readonly delivery: Delivery;
  readonly message: ConsumeMessage;
  readonly context: AsyncResource;
}

export interface ClaimedBatch {
  readonly granted: readonly OpenedArrival[];
  readonly refused: readonly { readonly delivery: Delivery; readonly rejected: Rejected }[];
  /** Another delivery of the message is being handled. */
  readonly held: readonly OpenedArrival[];
  readonly askAgainInMs: number;
}

/**
 * What the broker expects no acknowledgement for is done before it is handed over: it will not come again.
 * @param rereads the consumer chose where in a stream to begin: meeting what was handled before is no alarm then
 * @throws InabilityError: nothing is known; to be called again with the same
 */
export async function claimBatch(
  claims: ClaimGuard,
  opened: readonly OpenedArrival[],
  rereads: boolean,
): Promise<ClaimedBatch> {
  const answers = await answersTo(claims, opened, rereads);
  const granted: OpenedArrival[] = [];
  const held: OpenedArrival[] = [];
  const refused: { delivery: Delivery; rejected: Rejected }[] = [];
  let askAgainInMs = Infinity;
  opened.forEach((one, i) => {
    const answer = answers[i]!;
    // Plaintext has no nonce to know it again by, and keeps its place among the others.
    if (answer === null) granted.push(one);
    else if (answer.state === 'granted') {
      one.delivery.claim = answer.held;
      granted.push(one);
    } else if (answer.state === 'refused')
      refused.push({ delivery: one.delivery, rejected: answer.rejected });
    else {
      askAgainInMs = Math.min(askAgainInMs, answer.askAgainInMs);
      held.push(one);
    }
  });
  const last = granted.flatMap(({ delivery }) => (delivery.noAck ? (delivery.claim ?? []) : []));
  if (last.length > 0) await claims.done(last);
  return { granted, refused, held, askAgainInMs };
}

/** One for each, in order; `null` for what has nothing to claim. Where that is all the store is not asked. */
async function answersTo(
  claims: ClaimGuard,
  opened: readonly OpenedArrival[],
  rereads: boolean,
): Promise<readonly (GuardAnswer | null)[]> {
  const asked = opened.map(({ delivery }) => {
    const { outcome, raw } = delivery;
    return outcome?.verified === true
      ? { verified: outcome, redelivered: rereads || raw.fields.redelivered }
      : null;
  });
  const verified = asked.filter((one) => one !== null);
  const answers = verified.length === 0 ? [] : await claims.claim(verified);
  const next = answers.values();
  return asked.map((one) => (one === null ? null : next.next().value!));
}
