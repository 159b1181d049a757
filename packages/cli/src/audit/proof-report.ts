// What a proof shows, as data and in words.
import type { AuditProof, VouchedEvent } from '@sealwire/audit';
import { visibleText } from '../visible-text.js';
import type { RefusedProof, ShownMessage, ShownProof } from './judge-proof.js';

export interface ReportedEvent {
  readonly kind: string;
  /** Whose key vouches for it. */
  readonly by: string;
  readonly keyId: string;
  readonly keyRevoked: boolean;
  readonly pseudonym: string | null;
  readonly at: string;
  readonly checkpointAt: string;
  readonly chain: string;
  readonly sequence: number;
  readonly sender: string | null;
  readonly recipient: string | null;
  readonly type: string | null;
  readonly channel: string | null;
  readonly outcome: string | null;
  readonly place: Readonly<Record<string, string | number>>;
}

export interface ReportedSignature {
  readonly by: string;
  readonly keyId: string;
  readonly keyRevoked: boolean;
  readonly judgedAt: string;
  /** What the message says of itself; `null` where the proof is without the sealed message. */
  readonly message: {
    readonly recipients: readonly string[];
    readonly channel: string;
    readonly type: string;
    readonly contentType: string;
    readonly issuedAt: string;
    /** `null` where the transport has none. */
    readonly partition: number | null;
  } | null;
}

export type ProofReport = {
  readonly messageHash: string;
  readonly realm: string;
  readonly madeWith: { readonly root: number; readonly issuers: Readonly<Record<string, number>> };
} & (
  | {
      readonly proven: true;
      readonly sender: string;
      readonly signature: ReportedSignature | null;
      readonly events: readonly ReportedEvent[];
    }
  | RefusedProof
);

export function proofReport(proof: AuditProof, shown: ShownProof | RefusedProof): ProofReport {
  const head = {
    messageHash: proof.messageHash.toString('hex'),
    realm: proof.realm.toString('hex'),
    madeWith: { root: proof.rootSerial, issuers: Object.fromEntries(proof.issuerSerials) },
  };
  if (!shown.proven) return { ...head, ...shown };
  const events = shown.events.map(reportedEvent);
  const signature = shown.message === null ? null : reportedSignature(shown.message);
  const sender = signature?.by ?? events.find(({ kind }) => kind === 'message.sent')!.by;
  return { ...head, proven: true, sender, signature, events };
}

function reportedEvent({ event, key, checkpointAtMs, pseudonym }: VouchedEvent): ReportedEvent {
  return {
    kind: event.kind,
    by: key.owner,
    keyId: key.keyId.toString('hex'),
    keyRevoked: key.distrustFromMs !== null,
    pseudonym: pseudonym ? event.writer : null,
    at: iso(event.atMs),
    checkpointAt: iso(checkpointAtMs),
    chain: event.chain,
    sequence: event.sequence,
    sender: event.senderId,
    recipient: event.recipientId,
    type: event.messageType,
    channel: event.channel,
    outcome: event.outcome,
    place: event.place,
  };
}

function reportedSignature({ key, judgedAtMs, said }: ShownMessage): ReportedSignature {
  return {
    by: key.owner,
    keyId: key.keyId.toString('hex'),
    keyRevoked: key.distrustFromMs !== null,
    judgedAt: iso(judgedAtMs),
    message:
      said === null
        ? null
        : {
            recipients: said.session.audience,
            channel: said.session.channel,
            type: said.session.type,
            contentType: said.session.contentType,
            issuedAt: iso(said.header.issuedAtMs),
            partition: said.header.partition < 0 ? null : said.header.partition,
          },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function proofLines(report: ProofReport): string[] {
  if (!report.proven) return [`NOT PROVEN, ${report.code}: ${report.reason}`];
  const { sender, messageHash, signature, events } = report;
  const lines = [
    `PROVEN: ${quoted(sender)} sent message ${messageHash}.`,
    ...signatureLines(signature),
    ...events.flatMap(eventLines),
    'It does not show what the message says, nor any time but by the word of those who signed.',
  ];
  return lines.map(visibleText);
}

function signatureLines(signature: ReportedSignature | null): string[] {
  if (signature === null)
    return [
      'The message’s own signature is not here: this is what the audit trail says, signed by those named below.',
    ];
  const { by, keyId, message } = signature;
  const head = `The message is signed by ${quoted(by)}, key ${keyId}${revoked(signature)}.`;
  if (message === null)
    return [`${head} That shows its hash; what else is said of it is said by the audit trail.`];
  const { recipients, channel, type, issuedAt, partition } = message;
  const where = partition === null ? '' : `, for partition ${partition}`;
  return [
    `${head} So are:`,
    `  type ${quoted(type)} to ${recipients.map(quoted).join(', ')} on channel ${quoted(channel)}${where}, issued ${issuedAt}`,
  ];
}

function eventLines(event: ReportedEvent): string[] {
  const { by, pseudonym, at, chain, sequence, keyId, checkpointAt, kind, sender, recipient, type, channel } =
    event;
  const who = pseudonym === null ? quoted(by) : `${quoted(by)} (${pseudonym} in the trail)`;
  const what =
    kind === 'message.sent'
      ? `${who} recorded at ${at} to have sent it to ${quoted(recipient)}`
      : `${who} recorded at ${at} to have received it from ${quoted(sender)}`;
  return [
    `${what}, type ${quoted(type)} on channel ${quoted(channel)}, at ${placeOf(event)}: ${event.outcome ?? 'no outcome'}.`,
    `  event ${sequence} of chain ${chain}, in the checkpoint of ${checkpointAt}, signed by ${quoted(by)}, key ${keyId}${revoked(event)}`,
  ];
}

const quoted = (name: string | null): string => (name === null ? 'nobody named' : JSON.stringify(name));
const revoked = ({ keyRevoked }: { readonly keyRevoked: boolean }): string =>
  keyRevoked ? ' (revoked later)' : '';

function placeOf({ place }: ReportedEvent): string {
  const { topic, partition, offset, exchange, routing_key: routingKey, queue } = place;
  if (topic !== undefined)
    return `${topic}${partition === undefined ? '' : `[${partition}]`}${offset === undefined ? '' : `@${offset}`}`;
  const named = [
    exchange === undefined ? null : `exchange ${JSON.stringify(exchange)}`,
    routingKey === undefined ? null : `routing key ${JSON.stringify(routingKey)}`,
    queue === undefined ? null : `queue ${JSON.stringify(queue)}`,
  ].filter((one) => one !== null);
  return named.length === 0 ? 'a place that it does not name' : named.join(', ');
}
