// What a proof of one message shows, by the directory alone (audit PROOF.md).
import {
  checkEvents,
  isSealedMessage,
  type AuditProof,
  type MessageEvent,
  type VouchedEvent,
} from '@sealwire/audit';
import type { HeaderFacts, PublicKey, Session } from '@sealwire/core';
import { InabilityError, IntegrityError, KeyError, PolicyError, SealwireError } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  checkMessageSignature,
  messageHashOf,
  readMessageParts,
  type MessageSignature,
} from '@sealwire/envelope';
import type { OpenDirectory } from '@sealwire/identity';

export interface ProofTerms {
  readonly directory: OpenDirectory;
  readonly skewMs: number;
}

/** What the message itself says, signed by its sender’s key. */
export interface ShownMessage {
  readonly key: PublicKey;
  readonly judgedAtMs: number;
  /** `null` where the proof is without the sealed message. */
  readonly said: { readonly session: Session; readonly header: HeaderFacts } | null;
}

export interface ShownProof {
  readonly proven: true;
  readonly events: readonly VouchedEvent[];
  /** `null` where the proof is without the message’s own signature. */
  readonly message: ShownMessage | null;
}

export interface RefusedProof {
  readonly proven: false;
  readonly code: string;
  readonly reason: string;
}

/** @throws InabilityError ERR_UNABLE_DIRECTORY where the directory says nothing of these times (P-17) */
export function judgeProof(proof: AuditProof, terms: ProofTerms): ShownProof | RefusedProof {
  try {
    return judge(proof, terms);
  } catch (error) {
    if (error instanceof InabilityError || !(error instanceof SealwireError)) throw error;
    return { proven: false, code: error.code, reason: error.message };
  }
}

function judge(proof: AuditProof, terms: ProofTerms): ShownProof {
  const { directory } = terms;
  if (!proof.realm.equals(directory.realm))
    throw new PolicyError('ERR_POLICY_REALM', 'The proof is of another realm than the directory.');
  requireNews(
    directory,
    proof.checkpoints.map(({ atMs }) => atMs),
  );
  const events = checkEvents(proof, terms);
  const message = proof.message === null ? null : judgeMessage(proof, events, terms);
  if (message === null && !events.some(({ event }) => event.kind === 'message.sent'))
    contradiction('only a receiver says so, and nothing of the sender’s own is here');
  return { proven: true, events, message };
}

function judgeMessage(
  { message, messageHash }: AuditProof,
  vouched: readonly VouchedEvent[],
  { directory, skewMs }: ProofTerms,
): ShownMessage {
  const read = isSealedMessage(message!) ? readMessageParts(message, primitives) : null;
  const signature: MessageSignature = read?.signature ?? (message as MessageSignature);
  if (!messageHashOf(signature, primitives).equals(messageHash))
    contradiction('the signature is of another message than the events');
  if (read !== null && !read.session.realm.equals(directory.realm))
    throw new PolicyError('ERR_POLICY_REALM', 'The message is of another realm than the directory.');
  const events = vouched.map(({ event }) => event);
  const sent = events.find(({ kind }) => kind === 'message.sent');
  const judgedAtMs = sent?.atMs ?? read?.header.issuedAtMs ?? Math.min(...events.map(({ atMs }) => atMs));
  requireNews(directory, [judgedAtMs]);
  const key = checkMessageSignature(signature, judgedAtMs, { primitives, directory, skewMs });
  requireOwner(key, vouched);
  if (read === null) return { key, judgedAtMs, said: null };
  const { session, header } = read;
  if (session.sender !== key.owner)
    throw new KeyError('ERR_KEY_OWNER', 'The signing key belongs to another agent than the message names.');
  for (const event of events) requireSame(event, session, header);
  return { key, judgedAtMs, said: { session, header } };
}

/** P-14. */
function requireOwner({ owner }: PublicKey, vouched: readonly VouchedEvent[]): void {
  for (const { event, key, pseudonym } of vouched) {
    const others = event.kind === 'message.sent' ? key.owner : pseudonym ? owner : event.senderId;
    if (others !== owner && !event.cut)
      throw new KeyError(
        'ERR_KEY_OWNER',
        'The key that signed the message is another agent’s than the events name.',
      );
  }
}

/** P-15. */
function requireSame(event: MessageEvent, { channel, type }: Session, { partition }: HeaderFacts): void {
  if (!event.cut && (event.channel !== channel || event.messageType !== type))
    contradiction('an event names another channel or type than the message');
  const place = event.place['partition'];
  if (partition >= 0 && !event.redriven && place !== undefined && place !== partition)
    contradiction('an event names another partition than the message');
}

function contradiction(why: string): never {
  throw new IntegrityError('ERR_INTEGRITY_AUDIT', `The audit trail does not vouch for this: ${why}.`);
}

/** A directory that had expired before says nothing of it. */
function requireNews({ expiresAtMs }: OpenDirectory, timesMs: readonly number[]): void {
  if (timesMs.every((atMs) => atMs < expiresAtMs)) return;
  throw new InabilityError(
    'ERR_UNABLE_DIRECTORY',
    `The directory expired on ${new Date(expiresAtMs).toISOString()}, before the time to judge at. Get a newer one.`,
  );
}
