// The outbound journey: one order for every transport. Its only exit is sealed bytes.
import type {
  Authorised,
  Bound,
  Described,
  Maced,
  Signed,
  SealedBody,
  ValidatedOutbound,
} from './outbound-states.js';
import type { Outgoing, Sealed } from './message.js';

/** The stages of the outbound journey, each over a whole batch. A stage that throws ends the journey: nothing is emitted. */
export interface OutboundStages {
  describe(batch: readonly Outgoing[]): readonly Described[];
  authorise(batch: readonly Described[]): readonly Authorised[];
  validate(batch: readonly Authorised[]): readonly ValidatedOutbound[];
  bind(batch: readonly ValidatedOutbound[]): readonly Bound[];
  seal(batch: readonly Bound[]): readonly SealedBody[];
  mac(batch: readonly SealedBody[]): readonly Maced[];
  /** @throws UsageError ERR_USAGE_KEY_STORE where the key store does not sign at once. */
  sign(batch: readonly Maced[]): readonly Signed[];
  /** As `sign`, for every key store; batches come out in the order in which they went in. */
  signLater(batch: readonly Maced[]): Promise<readonly Signed[]>;
  /** Refuses to go on where an event about these messages could not be kept. */
  audit(batch: readonly Signed[]): readonly Sealed[];
}

/**
 * The outbound journey in its two halves. Both are synchronous where the key store is; `finishLater`
 * is the second half for the others.
 */
export interface OutboundJourney {
  /**
   * Everything that can be refused about a message. All or nothing: an error is thrown, or every message is encrypted
   * and committed to; the application's objects are not needed any more.
   */
  begin(batch: readonly Outgoing[]): readonly Maced[];
  /** Signs what may come from several `begin`s, in the order in which it began: they share a signature. */
  finish(begun: readonly Maced[]): readonly Sealed[];
  /** As `finish`, where signing may have to wait. Nothing comes out unsigned. */
  finishLater(begun: readonly Maced[]): Promise<readonly Sealed[]>;
}

/** Composes the outbound journey. Nothing but `finish` and `finishLater` gives bytes away. */
export const outbound = (stages: OutboundStages): OutboundJourney => ({
  begin(batch) {
    const authorised = stages.authorise(stages.describe(batch));
    const bound = stages.bind(stages.validate(authorised));
    return stages.mac(stages.seal(bound));
  },
  finish: (begun) => stages.audit(stages.sign(begun)),
  finishLater: async (begun) => stages.audit(await stages.signLater(begun)),
});
