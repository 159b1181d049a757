// Judges what is no sealed message, on a channel that admits plaintext: what its receivers and its sender would be held to.
import {
  FormatError,
  InabilityError,
  KeyError,
  PolicyError,
  recordHash,
  SealwireError,
  type Code,
  type Plain,
  type PlaintextTerms,
  type Received,
  type Rejected,
  type Route,
} from '@sealwire/core';
import { claimedName, claimedSender, type ClaimedSender } from './claimed-sender.js';
import type { KnownToSeal } from './known-to-seal.js';
import type { StageParts } from './stages.js';
import { isLive } from './unknown-key.js';

export type JudgePlaintext = (received: Received, channel: string, terms: PlaintextTerms) => Plain | Rejected;

/** What a message is taken for. */
interface Taken {
  readonly claim: ClaimedSender;
  readonly route: Route | null;
}

type PayloadFits = (route: Route, schema: Buffer, payload: Buffer | null) => void;

/**
 * Observed channels hand everything over, with the first reason against it; migrating ones refuse for the same reasons.
 * Not judged, because plaintext says nothing about it: age, place, replay.
 */
export function plaintextJudge(
  parts: StageParts,
  payloadFits: PayloadFits,
  known: KnownToSeal,
): JudgePlaintext {
  return (received, channel, terms) => {
    const claim = claimedSender(received, terms);
    const route = routeFor(parts, received, channel, terms, claim.sender);
    const error = objection(parts, payloadFits, received, terms, { claim, route });
    if (error !== null && terms.mode === 'migrate') return refused(received, { claim, route }, error);
    return {
      verified: false,
      plain: true,
      received,
      channel,
      mode: terms.mode,
      claimedSender: claim.sender,
      evidence: claim.evidence,
      type: route?.type ?? null,
      recipients: route?.audience ?? [],
      wouldRefuse: error?.code ?? 'ERR_FORMAT_NOT_SEALED',
      downgrade: known.has(channel, claim.sender),
      recordHash: recordHash(received),
    };
  };
}

/** By the header that the policy names; or else the only route of the channel, or the only one of this sender. */
function routeFor(
  { routes }: StageParts,
  { headers }: Received,
  channel: string,
  { typeHeader }: PlaintextTerms,
  sender: string | null,
): Route | null {
  const type = claimedName(headers, typeHeader);
  if (type !== null) return routes.inbound(channel, type);
  const all = routes.on?.(channel) ?? [];
  if (all.length === 1) return all[0]!;
  const own = sender === null ? [] : all.filter((route) => routes.senderAllowed(route, sender));
  return own.length === 1 ? own[0]! : null;
}

/**
 * The first reason against it; `null`: none but that it is plaintext.
 * @throws InabilityError ERR_UNABLE_DIRECTORY where a channel migrates and what is known of the sender has expired
 */
function objection(
  parts: StageParts,
  payloadFits: PayloadFits,
  received: Received,
  terms: PlaintextTerms,
  { claim, route }: Taken,
): SealwireError | null {
  try {
    checkSize(parts, received);
    checkNamed(parts, terms, claim);
    if (route === null) throw untold();
    checkSender(parts, terms, claim, route);
    checkAudience(parts, route);
    checkPayload(payloadFits, route, received.value);
    return null;
  } catch (error) {
    if (error instanceof InabilityError) throw error;
    if (error instanceof SealwireError) return error;
    // A bug that some record has found: passing it on would let one message stall a partition for ever.
    return new FormatError(
      'ERR_FORMAT_UNEXPECTED',
      'The record could not be processed. Report it with its quarantined bytes.',
    );
  }
}

function checkSize({ maxMessageBytes }: StageParts, { value }: Received): void {
  const bytes = value?.length ?? 0;
  if (bytes > maxMessageBytes)
    throw new FormatError(
      'ERR_FORMAT_SIZE',
      'The record is larger than limits.max_message. It was not read.',
      {
        bytes,
        maxBytes: maxMessageBytes,
      },
    );
}

/** An agent that has left the directory is nobody, whatever the policy still names. */
function checkNamed(
  { directory, routes }: StageParts,
  { from, mode }: PlaintextTerms,
  { sender }: ClaimedSender,
): void {
  if (from === null) return;
  if (sender !== null && routes.means?.(from, sender) === true) {
    if (mode === 'migrate' && isLive(directory)) directory.requireUsable(sender);
    if (directory.has(sender) && directory.isAgent?.(sender) !== false) return;
  }
  throw new PolicyError(
    'ERR_POLICY_PLAINTEXT',
    'The message is plaintext, and does not come from a sender whose plaintext the policy admits on this channel (plaintext.from).',
  );
}

function checkSender(
  { routes }: StageParts,
  { from, mode }: PlaintextTerms,
  { sender }: ClaimedSender,
  route: Route,
): void {
  // Where anybody’s is admitted nobody is held to a name; who only observes wants to know.
  if (from === null && (mode === 'migrate' || sender === null)) return;
  if (sender === null || !routes.senderAllowed(route, sender))
    throw new PolicyError(
      'ERR_POLICY_SENDER',
      'The policy does not allow this sender to send this type on this channel.',
    );
}

/** Sealed, it could not be opened here. */
function checkAudience({ agent, directory }: StageParts, { audience }: Route): void {
  if (audience.some((name) => name === agent || directory.isMember(agent, name))) return;
  throw new KeyError(
    'ERR_KEY_NOT_FOR_ME',
    'The message is for others: this agent is not in the audience that the policy names for its type.',
  );
}

/** Nothing says by which of the schemas it was sent. @throws ValidationError */
function checkPayload(payloadFits: PayloadFits, route: Route, payload: Buffer | null): void {
  try {
    payloadFits(route, route.schema, payload);
  } catch (error) {
    if (!(route.acceptedSchemas ?? []).some((schema) => fits(payloadFits, route, schema, payload)))
      throw error;
  }
}

function fits(payloadFits: PayloadFits, route: Route, schema: Buffer, payload: Buffer | null): boolean {
  try {
    payloadFits(route, schema, payload);
    return true;
  } catch {
    return false;
  }
}

function untold(): PolicyError {
  return new PolicyError(
    'ERR_POLICY_TYPE',
    'Which message type the plaintext is cannot be told, or the channel has no such type. Name the header that says it in plaintext.type_header.',
  );
}

function refused(received: Received, { claim, route }: Taken, error: SealwireError): Rejected {
  const code: Code = error.code;
  return {
    verified: false,
    wasPlain: true,
    received,
    code,
    reason: error.message,
    recordHash: recordHash(received),
    claims: { sender: claim.sender, recipients: route?.audience ?? [], type: route?.type ?? null },
    session: null,
  };
}
