// Judges what carriers carry, once they were accepted themselves (SPEC.md §4).
import { FormatError, inbound, judge, PolicyError, recordHash, redriveType } from '@sealwire/core';
import type {
  InboundDraft,
  InboundStages,
  NoncedMessage,
  Received,
  Rejected,
  ReplayMemory,
  Source,
  Verified,
} from '@sealwire/core';
import {
  carrierInstance,
  decodeEvidence,
  decodeRedrive,
  type RedrivePayload,
  type Rejection,
} from '@sealwire/envelope';
import { carrierNonce } from './carrier-nonce.js';
import { checkEvidence, judgedAtOf } from './check-evidence.js';
import { sameNames } from './check-policy.js';
import type { StageParts } from './stages.js';
import { withSession } from './with-session.js';

export interface RedriveJudging {
  readonly parts: StageParts;
  /** Those of every message; their replay stage is not asked. */
  readonly stages: InboundStages;
  /** The policy’s check of one message. */
  readonly checkPolicy: (draft: InboundDraft) => void;
  /** The consumer group that is read for; empty where there is none. */
  readonly group: string;
}

/** @param memory of the place that they were read from; what it noted of rejected ones is taken back by the caller */
export type JudgeRedriven = (
  outcomes: readonly (Verified | Rejected)[],
  memory: ReplayMemory | null,
) => Promise<readonly (Verified | Rejected)[]>;

/** A carrier that was accepted, and what is in it. */
interface Carrier {
  readonly carrier: Verified;
  readonly payload: RedrivePayload;
  /** As it says. */
  readonly rejection: Rejection;
  /** Of the place that it was read from. */
  readonly memory: ReplayMemory | null;
}

/**
 * Makes the second half of a receiver’s judgement: carriers are replaced by the outcome of what they carry, everything
 * else is left as it is.
 * @throws InabilityError as the journey
 */
export function redrivenJudge({ parts, stages, checkPolicy, group }: RedriveJudging): JudgeRedriven {
  const carriers = new WeakMap<Received, Carrier>();
  const journey = inbound({
    ...stages,
    localPolicy: (batch) =>
      judge(batch as unknown as readonly InboundDraft[], (draft) => {
        if (draft.session!.type === redriveType) throw notSo('it carries a message that carries one');
        checkPolicy(draft);
        checkCarried(draft, carriers.get(draft.received)!);
      }) as never,
    replay: (batch) =>
      judge(batch as unknown as readonly InboundDraft[], (draft) => {
        admit(draft, carriers.get(draft.received)!);
      }) as never,
  });

  /**
   * The carrier’s nonce was judged with it. It is noted once more in nobody’s name, for another operator’s carrier has the
   * same; and the message’s own is as far as the memory goes back: what is older no raw copy is accepted of, and that it
   * is not in a gap any more does not mean that it was accepted.
   * @throws PolicyError ERR_POLICY_DUPLICATE, ERR_POLICY_REPLAY, ERR_POLICY_REPLAY_LIMIT
   */
  function admit(draft: InboundDraft, { carrier, memory }: Carrier): void {
    if (memory === null) return;
    const { received, facts } = carrier;
    const [session, header] = [draft.session!, draft.header!];
    const nameless = { ...session, sender: redriveType, instance: facts.nonce.subarray(0, 16) };
    const carried = { ...header, stream: 0, issuedAtMs: facts.issuedAtMs };
    if (isKnown(memory, { received, session: nameless, header: carried }))
      throw new PolicyError('ERR_POLICY_DUPLICATE', 'The message was re-driven by another operator already.');
    const windowMs = draft.route!.maxAgeMs + 2 * parts.skewMs;
    if (header.issuedAtMs >= memory.clockMs - windowMs && isKnown(memory, { received, session, header }))
      throw new PolicyError('ERR_POLICY_REPLAY', 'The message was accepted from another place already.');
  }

  /** @throws PolicyError ERR_POLICY_REDRIVE, ERR_POLICY_DUPLICATE */
  function checkCarried({ received, session, header }: InboundDraft, { carrier, payload }: Carrier): void {
    const { facts } = carrier;
    if (!sameNames(session!.audience, facts.recipients))
      throw notSo('it is sealed for another audience than the message in it');
    const original = { key: received.key, value: payload.value };
    const rejection = checkEvidence(parts, payload.evidence, {
      original,
      audience: session!.audience,
      atMs: facts.issuedAtMs,
    });
    if (!isThere(rejection, received.source))
      throw notSo('it was sent to another place than the message in it was rejected at');
    const { sender, instance } = session!;
    const { stream, sequence } = header!;
    const expected = carrierNonce(carrierInstance(rejection, { sender, instance, stream }), sequence);
    if (!expected.equals(facts.nonce)) throw notSo('its nonce does not follow from the message in it');
    if (rejection.group !== group) {
      throw new PolicyError(
        'ERR_POLICY_DUPLICATE',
        'The message was re-driven for another consumer group that had rejected it. This one read it where it first lay.',
      );
    }
  }

  /** @returns the record to judge, or why there is none */
  function opened(carrier: Verified, memory: ReplayMemory | null): Received | Rejected {
    try {
      const payload = decodeRedrive(carrier.payload!);
      const { rejection } = decodeEvidence(payload.evidence);
      const { source, key, receivedAtMs } = carrier.received;
      // The evidence vouches for the time; it is checked before anything is judged by it.
      const received: Received = {
        source,
        key,
        // Where the channel has no session topic a reference is a verdict, known session or not.
        ...withSession(payload, parts.routes.sessionTopicOf(source) === null ? null : payload.session),
        appendedAtMs: judgedAtOf(rejection),
        receivedAtMs,
      };
      carriers.set(received, { carrier, payload, rejection, memory });
      return received;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return rejectedAs(carrier, { code: 'ERR_POLICY_REDRIVE', reason: 'its payload is malformed' }, null);
    }
  }

  return async (outcomes, memory) => {
    if (!outcomes.some(isCarrier)) return outcomes;
    const judged = [...outcomes];
    const places: number[] = [];
    const originals: Received[] = [];
    outcomes.forEach((outcome, at) => {
      if (!isCarrier(outcome)) return;
      const received = opened(outcome, memory);
      if ('verified' in received) judged[at] = received;
      else {
        places.push(at);
        originals.push(received);
      }
    });
    // As of their rejections, whatever the memory’s clock says.
    const results = await journey(originals, null);
    results.forEach((result, i) => {
      const { carrier, rejection } = carriers.get(originals[i]!)!;
      judged[places[i]!] = result.verified
        ? redrivenFrom(result, carrier, rejection)
        : rejectedAs(carrier, result, result);
    });
    return judged;
  };
}

export function isCarrier(outcome: Verified | Rejected): outcome is Verified {
  return outcome.verified && outcome.facts.type === redriveType;
}

/** Notes it where it was not. */
function isKnown(memory: ReplayMemory, message: NoncedMessage): boolean {
  try {
    memory.admit(message);
    return false;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ERR_POLICY_DUPLICATE' || code === 'ERR_POLICY_REPLAY') return true;
    throw error;
  }
}

function isThere({ transport, place, partition }: Rejection, source: Source): boolean {
  return source.transport === 'kafka'
    ? transport === 'kafka' && place === source.topic && partition === source.partition
    : transport === 'rabbitmq' && place === source.queue;
}

function notSo(why: string): PolicyError {
  return new PolicyError('ERR_POLICY_REDRIVE', `The message was not re-driven as it must be: ${why}.`);
}

/** As the application gets it: the original, in the place of its carrier. */
function redrivenFrom(
  original: Verified,
  { received, facts, unverifiable }: Verified,
  rejection: Rejection,
): Verified {
  const { code, rejectedBy } = rejection;
  const redriven = { by: facts.sender, carrier: facts, code, rejectedBy, judgedAtMs: judgedAtOf(rejection) };
  return { ...original, received, redriven, unverifiable: unverifiable === true };
}

/** A verdict on the original rejects the carrier, whose bytes are what there is to keep. */
function rejectedAs(
  { received, facts: { sender, recipients, type } }: Verified,
  { code, reason }: Pick<Rejected, 'code' | 'reason'>,
  original: Rejected | null,
): Rejected {
  return {
    verified: false,
    received,
    code,
    reason: `It was re-driven by ${sender}. ${reason}`,
    recordHash: recordHash(received),
    claims: original?.claims ?? { sender, recipients, type },
    session: null,
  };
}
