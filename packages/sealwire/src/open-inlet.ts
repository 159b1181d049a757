// The receiving side of one client object: the inbound journey with its stages, and the audit of what became of it.
import { receivedEvent, rejectedEvent, type AuditTrail } from '@sealwire/audit';
import { inbound, InabilityError, judge, redriveType } from '@sealwire/core';
import type {
  InboundDraft,
  InboundStages,
  Inlet,
  InletOptions,
  Received,
  SessionSource,
} from '@sealwire/core';
import { opening } from '@sealwire/envelope';
import { checkFreshness } from '@sealwire/replay';
import { channels, checkPolicy } from './check-policy.js';
import { checkPayload } from './check-payload.js';
import { checkRecipientKey } from './check-recipient-key.js';
import { checkSender } from './check-sender.js';
import { redrivenJudge } from './judge-redriven.js';
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

export function openInlet(parts: StageParts, trail: AuditTrail, options: InletOptions = {}): Inlet {
  const { clock } = parts;
  const envelope = opening({
    ...parts,
    references: {
      topicOf: (source) => parts.routes.sessionTopicOf(source),
      source: options.sessions ?? noSessions,
    },
  });
  const channelOf = channels(parts);
  const policy = checkPolicy(parts, channelOf);
  const sender = checkSender(parts);
  const recipient = checkRecipientKey(parts);
  const freshness = checkFreshness(parts);
  const payloadFits = checkPayload(parts);
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
    // The guard that remembers nonces stands here once it exists; binding and freshness are what there is.
    replay: (batch) => batch as never,
    validate: (batch) =>
      judge(batch as unknown as readonly InboundDraft[], (draft) => {
        // What a carrier carries is judged when the carrier has been.
        if (draft.session!.type !== redriveType)
          payloadFits(draft.route!, draft.session!.schema, draft.payload);
        draft.verified = envelope.verified(draft);
      }) as never,
  };
  const journey = inbound(stages);
  const { group = '' } = options;
  const redriven = redrivenJudge({ parts, stages, checkPolicy: policy, group });
  const judgeAll = async (batch: readonly Received[]) => redriven(await journey(batch));
  return {
    checkSource: (source) => void channelOf(source),
    async open(batch) {
      try {
        return await judgeAll(batch);
      } catch (error) {
        // A key may be newer than the directory: once more when that was read. After that the adapter pauses.
        if (!(error instanceof KeyNotKnownYet)) throw error;
        await readLateEnough(parts.directory, error, clock);
        return judgeAll(batch);
      }
    },
    conclude(outcomes, rejectedOutcome = 'quarantined') {
      const nowMs = clock.nowMs();
      const events = outcomes.map((outcome) =>
        outcome.verified
          ? receivedEvent(outcome, nowMs)
          : rejectedEvent(outcome, rejectedOutcome, parts.routes.channelOf(outcome.received.source), nowMs),
      );
      return trail.record(events, 'reject');
    },
    testify: testifying(parts, group),
  };
}
