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
  sign(batch: readonly Maced[]): readonly Signed[];
  /** Refuses to go on where an event about these messages could not be kept. */
  audit(batch: readonly Signed[]): readonly Sealed[];
}

/**
 * Composes the outbound journey. Synchronous: keys are there before it starts.
 * All or nothing: either every message of the batch is sealed, or an error is thrown and none is.
 */
export const outbound =
  (stages: OutboundStages) =>
  (batch: readonly Outgoing[]): readonly Sealed[] => {
    const authorised = stages.authorise(stages.describe(batch));
    const bound = stages.bind(stages.validate(authorised));
    const maced = stages.mac(stages.seal(bound));
    return stages.audit(stages.sign(maced));
  };
