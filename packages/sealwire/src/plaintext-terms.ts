// Whether a channel admits plaintext at this moment: asked anew for each batch, because terms end by the clock.
import type { PlaintextTerms } from '@sealwire/core';
import type { StageParts } from './stages.js';

/** @returns `null` for a channel that is held to its policy, by its mode or because its date has passed */
export function termsOf(
  { routes, clock }: Pick<StageParts, 'routes' | 'clock'>,
  channel: string,
): PlaintextTerms | null {
  const terms = routes.plaintextOn?.(channel) ?? null;
  return terms !== null && clock.nowMs() < terms.untilMs ? terms : null;
}
