// The claim of a single message that was asked for with `get`.
import { setTimeout as sleep } from 'node:timers/promises';
import { InabilityError, type ClaimGuard, type Rejected } from '@sealwire/core';
import type { Delivery } from './delivery.js';

/**
 * Waits while another delivery of the message is being handled. Without acknowledgement it is done before it is handed over.
 * @returns why it is not to be handed over, or `null`
 * @throws InabilityError: nothing is known, or the channel closed while waiting
 */
export async function claimOne(
  claims: ClaimGuard | null,
  delivery: Delivery,
  closing: AbortSignal,
): Promise<Rejected | null> {
  const { outcome, raw } = delivery;
  // Plaintext has no nonce to know it again by.
  if (claims === null || outcome?.verified !== true) return null;
  const asked = { verified: outcome, redelivered: raw.fields.redelivered };
  for (;;) {
    const [answer] = await claims.claim([asked]);
    switch (answer!.state) {
      case 'refused':
        return answer!.rejected;
      case 'granted':
        delivery.claim = answer!.held;
        if (delivery.noAck) await claims.done([answer!.held]);
        return null;
      case 'held':
        await sleep(answer!.askAgainInMs, undefined, { signal: closing }).catch(() => {
          throw new InabilityError(
            'ERR_UNABLE_CONNECTION',
            'The channel closed while a message was waited for.',
          );
        });
    }
  }
}
