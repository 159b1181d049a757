// The inbound journey, the mirror of outbound: its only exits are a verified message or a rejection with a reason.
import { InboundDraft } from './inbound-draft.js';
import type { Received, Verified } from './message.js';
import type {
  Authentic,
  Fresh,
  InPlace,
  KnownSender,
  NotReplayed,
  OnTrial,
  Opened,
  Parsed,
  Permitted,
  Unwrapped,
  Vouched,
} from './inbound-states.js';
import type { Rejected } from './rejection.js';
import type { ReplayMemory } from './replay-memory.js';

/**
 * The stages of the inbound journey, each over what is left of a batch. A stage rejects single records by `judge`;
 * it throws InabilityError, and only that, when nothing can be judged.
 */
export interface InboundStages {
  /** Size cap and parse. Asynchronous only where a session has to be looked up. */
  parse(batch: readonly OnTrial[]): readonly Parsed[] | Promise<readonly Parsed[]>;
  localPolicy(batch: readonly Parsed[]): readonly Permitted[];
  binding(batch: readonly Permitted[]): readonly InPlace[];
  freshness(batch: readonly InPlace[]): readonly Fresh[];
  sender(batch: readonly Fresh[]): readonly KnownSender[];
  signature(batch: readonly KnownSender[]): readonly Vouched[];
  replay(batch: readonly Vouched[]): readonly NotReplayed[];
  /** Asynchronous only where a data key is new and the key store is. */
  unwrap(batch: readonly NotReplayed[]): readonly Unwrapped[] | Promise<readonly Unwrapped[]>;
  mac(batch: readonly Unwrapped[]): readonly Authentic[];
  open(batch: readonly Authentic[]): readonly Opened[];
  /** Validates the payload and sets `verified`. */
  validate(batch: readonly Opened[]): readonly Verified[];
}

/**
 * Composes the inbound journey. The answer has one outcome for each record, in the order given.
 * @throws InabilityError when nothing can be judged: no record was rejected, try the same batch again.
 */
export const inbound =
  (stages: InboundStages) =>
  async (
    records: readonly Received[],
    memory: ReplayMemory | null = null,
  ): Promise<readonly (Verified | Rejected)[]> => {
    const trials = records.map((received): OnTrial => new InboundDraft(received, memory));
    const parsing = stages.parse(trials);
    // What need not wait does not: its key store is asked within this turn.
    const parsed = parsing instanceof Promise ? await parsing : parsing;
    // From freshness to replay without a wait: both are judged by one state of the memory.
    const unwrapped = await stages.unwrap(stages.replay(vouchedFor(stages, parsed)));
    stages.validate(stages.open(stages.mac(unwrapped)));
    return trials.map(outcome);
  };

/**
 * The first half of the same journey, for records that were read before: who would have been vouched for. Nothing of them
 * is opened, and nobody is rejected.
 * @throws InabilityError as above
 */
export const revisited =
  (stages: InboundStages) =>
  async (records: readonly Received[], memory: ReplayMemory): Promise<readonly Vouched[]> => {
    const trials = records.map((received): OnTrial => new InboundDraft(received, memory));
    return vouchedFor(stages, await stages.parse(trials));
  };

function vouchedFor(stages: InboundStages, parsed: readonly Parsed[]): readonly Vouched[] {
  const fresh = stages.freshness(stages.binding(stages.localPolicy(parsed)));
  return stages.signature(stages.sender(fresh));
}

/** A record that no stage rejected and none verified would be a bug; it must never reach the application. */
function outcome(trial: OnTrial): Verified | Rejected {
  const result = trial.rejected ?? trial.verified;
  if (result === null) throw new Error('a record left the inbound journey without an outcome');
  return result;
}
