// Makes the audit events of messages: one at each end of each message.
import { isInClear } from '@sealwire/core';
import type {
  AuditEvent,
  AuditOutcome,
  Code,
  EncryptionStatus,
  InClear,
  Plain,
  Rejected,
  Sealed,
  Source,
  Verified,
} from '@sealwire/core';
import { addReceivedFacts, carriedFacts, sentFacts, type Facts } from './message-facts.js';

/** The event of a message that this end sent, or tried to. */
export function sentEvent(
  sent: Sealed | InClear,
  outcome: 'acknowledged' | 'failed' | 'unknown',
  facts: AuditEvent['facts'] = {},
): AuditEvent {
  return isInClear(sent) ? clearEvent(sent, outcome, facts) : sealedEvent(sent, outcome, facts);
}

type SentOutcome = 'acknowledged' | 'failed' | 'unknown';

function clearEvent(sent: InClear, outcome: SentOutcome, facts: AuditEvent['facts']): AuditEvent {
  const { sender, recipients, type, channel, atMs, recordHash, wouldRefuse } = sent;
  return {
    kind: 'message.sent',
    timestampMs: atMs,
    senderId: sender,
    recipientId: recipients.length === 0 ? null : joined(recipients),
    messageType: type,
    messageHash: null,
    recordHash: recordHash.toString('hex'),
    channel,
    encryptionStatus: 'plaintext',
    outcome,
    code: null,
    unverified: false,
    facts: {
      ...facts,
      mode: 'observe',
      ...(wouldRefuse === null ? {} : { would_refuse: wouldRefuse }),
      ...carriedFacts(sent),
    },
  };
}

function sealedEvent(sealed: Sealed, outcome: SentOutcome, facts: AuditEvent['facts']): AuditEvent {
  const { sender, recipients, type, channel, issuedAtMs, messageHash } = sealed.facts;
  return {
    kind: 'message.sent',
    timestampMs: issuedAtMs,
    senderId: sender,
    recipientId: joined(recipients),
    messageType: type,
    messageHash: messageHash.toString('hex'),
    recordHash: null,
    channel,
    encryptionStatus: sealed.value === null ? 'signed_only' : 'sealed',
    outcome,
    code: null,
    unverified: false,
    facts: { ...facts, ...sentFacts(sealed) },
  };
}

/** The event of a message that was verified and handed to the application. */
export function receivedEvent(verified: Verified, atMs: number): AuditEvent {
  const { sender, recipients, type, channel, messageHash } = verified.facts;
  return {
    kind: 'message.received',
    timestampMs: atMs,
    senderId: sender,
    recipientId: joined(recipients),
    messageType: type,
    messageHash: messageHash.toString('hex'),
    recordHash: null,
    channel,
    encryptionStatus: verified.payload === null ? 'signed_only' : 'sealed',
    outcome: 'delivered',
    code: null,
    unverified: false,
    facts: receivedFacts(verified),
  };
}

/**
 * The event of a plaintext message that was handed over, because the policy admits it for a time. Sender and type are what
 * it claims to be; `sender_known_by` says on what evidence, `would_refuse` why it would be refused otherwise.
 */
export function plainEvent(plain: Plain, atMs: number): AuditEvent {
  const { received, channel, claimedSender, evidence, type, recipients, mode, wouldRefuse } = plain;
  return {
    kind: 'message.received',
    timestampMs: atMs,
    senderId: claimedSender,
    recipientId: recipients.length === 0 ? null : joined(recipients),
    messageType: type,
    messageHash: null,
    recordHash: plain.recordHash.toString('hex'),
    channel,
    encryptionStatus: 'plaintext',
    outcome: 'delivered',
    code: plain.downgrade ? 'ERR_POLICY_DOWNGRADE' : null,
    unverified: true,
    facts: {
      ...placeOf(received.source),
      mode,
      sender_known_by: evidence,
      would_refuse: wouldRefuse,
      ...carriedFacts(received),
    },
  };
}

function receivedFacts(verified: Verified): AuditEvent['facts'] {
  const facts = placeOf(verified.received.source);
  addReceivedFacts(facts, verified);
  const { keyRevoked, unverifiable, redriven } = verified;
  if (keyRevoked === true || unverifiable === true || redriven !== undefined)
    Object.assign(facts, notesOf(verified));
  return facts;
}

function rangeOf({ range }: Rejected): AuditEvent['facts'] {
  if (range === undefined) return {};
  const { count, offsets, digest } = range;
  return { rejected_count: count, rejected_offsets: offsets, rejected_digest: digest.toString('hex') };
}

function notesOf({ keyRevoked, unverifiable, redriven }: Verified): AuditEvent['facts'] {
  return {
    ...(keyRevoked === true ? { key_revoked: 'later' } : {}),
    ...(unverifiable === true ? { replay: 'unverifiable' } : {}),
    ...(redriven === undefined
      ? {}
      : {
          redriven_by: redriven.by,
          redriven_in: redriven.carrier.messageHash.toString('hex'),
          rejected_by: redriven.rejectedBy,
          rejected_for: redriven.code,
          rejected_as_of: new Date(redriven.judgedAtMs).toISOString(),
        }),
  };
}

/**
 * The event of a record that was refused. What it claims to be is marked as unverified. One that a retry of its sender
 * explains is no refusal: it was skipped, whatever becomes of rejected ones.
 */
export function rejectedEvent(
  rejected: Rejected,
  outcome: AuditOutcome,
  channel: string | null,
  atMs: number,
): AuditEvent {
  const { claims, code, recordHash, received } = rejected;
  // What was handled already is skipped, whatever the policy does with rejections.
  const duplicate = code === 'ERR_POLICY_DUPLICATE';
  const status: EncryptionStatus = rejected.wasPlain === true ? 'plaintext' : statusOf(code);
  return {
    kind: duplicate ? 'message.duplicate' : 'message.rejected',
    timestampMs: atMs,
    senderId: claims?.sender ?? null,
    recipientId: claims === null || claims.recipients.length === 0 ? null : joined(claims.recipients),
    messageType: claims?.type ?? null,
    messageHash: null,
    recordHash: recordHash.toString('hex'),
    channel,
    encryptionStatus: status,
    outcome: duplicate ? 'skipped' : outcome,
    code,
    unverified: !duplicate,
    facts: {
      ...placeOf(received.source),
      ...(typeof claims?.keyId === 'string' ? { key_id: claims.keyId } : {}),
      ...rangeOf(rejected),
      ...carriedFacts(received),
    },
  };
}

/** A copy of what was handled before is as well sealed as that was. */
function statusOf(code: Code): EncryptionStatus {
  if (code === 'ERR_FORMAT_NOT_SEALED') return 'plaintext';
  return code === 'ERR_POLICY_DUPLICATE' || code === 'ERR_POLICY_REPLAY' ? 'sealed' : 'failed';
}

const joined = (recipients: readonly string[]): string =>
  recipients.length === 1 ? recipients[0]! : recipients.join(',');

function placeOf(source: Source): Facts {
  return source.transport === 'kafka'
    ? { topic: source.topic, partition: source.partition, offset: source.offset }
    : {
        queue: source.queue,
        exchange: source.exchange,
        routing_key: source.routingKey,
        delivery_tag: source.deliveryTag,
      };
}
