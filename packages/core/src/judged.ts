// What a received record comes to: handed over as verified, handed over as the plaintext that it is, or rejected.
import type { Verified } from './message.js';
import type { Plain } from './plain.js';
import type { Rejected } from './rejection.js';

/** The outcome of one record. `Plain` occurs only on a channel whose mode admits plaintext at that moment. */
export type Judged = Verified | Plain | Rejected;

export const isPlain = (outcome: Judged): outcome is Plain => !outcome.verified && outcome.plain === true;

/** Whether the application gets it. */
export const isHandedOver = (outcome: Judged): outcome is Verified | Plain =>
  outcome.verified || outcome.plain === true;

export const isRejected = (outcome: Judged): outcome is Rejected => !isHandedOver(outcome);
