// The receiving side of one client object: the inbound journey with its stages, and the audit of what became of it.
import { plainEvent, receivedEvent, rejectedEvent, type Trail } from '@sealwire/audit';
import { inbound, InabilityError, isPlain, isRejected, judge, redriveType, revisited } from '@sealwire/core';
import type {
  AuditEvent,
  InboundDraft,
  InboundStages,
  Inlet,
  InletOptions,
  Received,
  Rejected,
  ReplayMemory,
  SessionSource,
  Source,
  Verified,
} from '@sealwire/core';
import { opening, type ReceivedSessions } from '@sealwire/envelope';
import { checkFreshness } from '@sealwire/replay';
import { plaintextDivision } from './admit-plaintext.js';
import { channels, checkPolicy } from './check-policy.js';
import { checkPayload } from './check-payload.js';
import { checkRecipientKey } from './check-recipient-key.js';
import { checkSender } from './check-sender.js';
import { isCarrier, redrivenJudge } from './judge-redriven.js';
import type { KnownToSeal } from './known-to-seal.js';
import type { OneTopicAChannel } from './one-topic-a-channel.js';
import type { RevokedKeyUses } from './revoked-key-uses.js';
import type { StageParts } from './stages.js';
import { testifying } from './testify.js';
import { KeyNotKnownYet, readLateEnough } from './unknown-key.js';

/** For clients that cannot look sessions up: not known is no verdict then. */
const noSessions: SessionSource = {
  find: (topic) =>
    Promise.reject(
      new InabilityError(
        'ERR_UNABLE_SESSIONS',
        `A message refers to a session in the topic ${topic}, which this client cannot read. Give the inlet a source of sessions.`,
        { topic },
      ),
    ),
};

/** What all inlets of a process know of what they have seen. */
export interface SeenBefore {
  readonly known: KnownToSeal;
  readonly revoked: RevokedKeyUses;
}

/** What an inlet shares with the one of the policy before it. */
export interface InletMemory {
  readonly sessions: ReceivedSessions;
  /** The channel of a source that no policy maps any more. */
  readonly lastChannelOf: (source: Source) => string | null;
}

/** Under one policy: its outcomes are all of it. */
export function openInlet(
  parts: StageParts,
  trail: Trail,
  topics: OneTopicAChannel,
  { known, revoked }: SeenBefore,
  options: InletOptions,
  memory: InletMemory,
): Inlet {
  const { clock } = parts;
  const references = {
    topicOf: (source: Source) => parts.routes.sessionTopicOf(source),
    source: options.sessions ?? noSessions,
  };
  const envelope = opening({ ...parts, references }, memory.sessions);
  const channelOf = channels(parts);
  const policy = checkPolicy(parts, channelOf);
  const sender = checkSender(parts);
  const recipient = checkRecipientKey(parts);
  const freshness = checkFreshness(parts);
  const payloadFits = checkPayload(parts);
  const divide = plaintextDivision(parts, channelOf, payloadFits, known);
  const stages: InboundStages = {
    ...envelope,
    localPolicy(batch) {
      // Outside judge: an unmapped source is no fault of its records.
      for (const { received } of batch) channelOf(received.source);
      return judge(batch as unknown as readonly InboundDraft[], policy) as never;
    },
    freshness: (batch) => judge(batch, freshness as never),
    sender: (batch) => judge(batch as unknown as readonly InboundDraft[], sender) as never,
    unwrap(batch) {
      for (const draft of batch as unknown as readonly InboundDraft[]) recipient(draft);
      return envelope.unwrap(batch);
    },
    replay: (batch) =>
      judge(batch, (draft) => {
        if (draft.memory !== null)
          (draft as unknown as InboundDraft).unverifiable = draft.memory.admit(draft);
      }),
    validate: (batch) =>
      judge(batch as unknown as readonly InboundDraft[], (draft) => {
        // What a carrier carries is judged when the carrier has been.
        if (draft.session!.type !== redriveType)
          payloadFits(draft.route!, draft.session!.schema, draft.payload);
        draft.verified = envelope.verified(draft);
      }) as never,
  };
  const journey = inbound(stages);
  const written = new WeakSet<object>();
  const { group = '' } = options;
  const redriven = redrivenJudge({ parts, stages, checkPolicy: policy, group });
  const judgeAll = async (
    batch: readonly Received[],
    memory: ReplayMemory | null,
  ): Promise<readonly (Verified | Rejected)[]> => {
    const outcomes = await journey(batch, memory);
    const carriers = outcomes.flatMap((outcome, at) => (isCarrier(outcome) ? [at] : []));
    const last = batch.length - 1;
    if (memory === null || carriers.length === 0 || (carriers.length === 1 && carriers[0] === last))
      return redriven(outcomes, memory);
    // What is carried counts for what lies behind its carrier, and not the other way round.
    memory.withdraw(batch);
    const judged: (Verified | Rejected)[] = [];
    let start = 0;
    for (const end of [...carriers, last]) {
      const part = batch.slice(start, end + 1);
      start = end + 1;
      if (part.length === 0) continue;
      const results = await redriven(await journey(part, memory), memory);
      memory.withdraw(results.filter(isRejected).map(receivedOf));
      judged.push(...results);
    }
    return judged;
  };
  const revisit = revisited(stages);
  const channelAtAll = (source: Source): string | null =>
    parts.routes.channelOf(source) ?? memory.lastChannelOf(source);
  /** A key may be newer than the directory: once more when that was read. After that the adapter pauses. */
  const knowingKeys = async <Result>(attempt: () => Promise<Result>): Promise<Result> => {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof KeyNotKnownYet)) throw error;
      await readLateEnough(parts.directory, error, clock);
      return attempt();
    }
  };
  return {
    checkSource: (source) => topics.claim(source, channelOf(source)),
    open: (batch, memory) =>
      knowingKeys(async () => {
        if (batch.length > 0) memory?.begin(batch[0]!);
        try {
          const divided = divide(batch);
          // What has no nonce is nothing to the memory of replays.
          const outcomes = await judgeAll(divided?.sealed ?? batch, memory);
          memory?.withdraw(outcomes.filter(isRejected).map(receivedOf));
          return divided?.merge(outcomes) ?? outcomes;
        } catch (error) {
          memory?.withdraw(batch);
          throw error;
        }
      }),
    revisit: (batch, ledger) =>
      knowingKeys(async () => {
        if (batch.length > 0) ledger.begin(batch[0]!);
        for (const message of await revisit(batch, ledger)) {
          if (message.session.type !== redriveType) ledger.note(message);
          // What it carries has a nonce of its own, which nobody sees who does not open it.
          else
            ledger.withdraw((await judgeAll([message.received], ledger)).filter(isRejected).map(receivedOf));
        }
      }),
    async conclude(outcomes, rejectedOutcome = 'quarantined') {
      const nowMs = clock.nowMs();
      // Adapters ask again while their events are not safe: what is written is not written twice.
      const unwritten = outcomes.filter((outcome) => !written.has(outcome));
      const events: AuditEvent[] = unwritten.map((outcome) =>
        isPlain(outcome)
          ? plainEvent(outcome, nowMs)
          : outcome.verified
            ? receivedEvent(outcome, nowMs)
            : rejectedEvent(outcome, rejectedOutcome, channelAtAll(outcome.received.source), nowMs),
      );
      events.push(...revoked.events(unwritten, rejectedOutcome, parts, nowMs));
      const safe = trail.record(events);
      for (const outcome of unwritten) written.add(outcome);
      await safe;
    },
    testify: testifying(parts, group),
  };
}

const receivedOf = ({ received }: Rejected): Received => received;
