// Whether the events of a proof stand in trails that their writers signed (PROOF.md §2).
import type { PublicKey } from '@sealwire/core';
import { rootOfPath } from '@sealwire/crypto';
import { leafHash, sha256 } from '../chain/leaf-hash.js';
import { parseNote, type ParsedNote } from '../chain/parse-note.js';
import type { AuditProof, CoveredEvent, ProofCheckpoint } from './audit-proof.js';
import { checkpointKey, refuse, requireNotOver, type TrailTerms } from './checkpoint-key.js';
import { readMessageEvent, type MessageEvent } from './message-event.js';

/** An event, and the key that vouches for it. */
export interface VouchedEvent {
  readonly event: MessageEvent;
  /** Of the checkpoint that covers it: whose it is, is whose word the event is. */
  readonly key: PublicKey;
  readonly checkpointAtMs: number;
  /** The writer is a pseudonym, for the key’s owner. */
  readonly pseudonym: boolean;
}

/**
 * @returns the events, in the proof’s order
 * @throws IntegrityError ERR_INTEGRITY_AUDIT; KeyError ERR_KEY_UNKNOWN, ERR_KEY_OWNER, ERR_KEY_STATUS; InabilityError
 *   ERR_UNABLE_DIRECTORY where the directory cannot be relied on
 */
export function checkEvents(
  { messageHash, events, checkpoints }: Pick<AuditProof, 'messageHash' | 'events' | 'checkpoints'>,
  terms: TrailTerms,
): VouchedEvent[] {
  const notes = checkpoints.map(({ note }) => parseNote(note) ?? refuse('a checkpoint is not of its form'));
  const vouched = events.map((covered) => {
    const event = readMessageEvent(covered.event) ?? refuse('an event is not of its form');
    if (event.messageHash !== messageHash.toString('hex')) refuse('an event is about another message');
    const note = notes[covered.checkpoint]!;
    requireCovered(covered, event, note);
    return vouchedBy(event, note, checkpoints[covered.checkpoint]!, terms);
  });
  requireAgreement(vouched.map(({ event }) => event));
  return vouched;
}

function requireCovered(
  { event, path }: CoveredEvent,
  { chain, sequence }: MessageEvent,
  note: ParsedNote,
): void {
  const leaf = leafHash(Buffer.from(event, 'latin1'));
  const root = rootOfPath(leaf, sequence - note.first, note.size, path, sha256);
  if (chain !== note.chain || root !== note.root)
    refuse('an event is not where, or not as, its checkpoint has it');
}

function vouchedBy(
  event: MessageEvent,
  note: ParsedNote,
  { atMs }: ProofCheckpoint,
  terms: TrailTerms,
): VouchedEvent {
  const key = checkpointKey(note, event.writer, atMs, terms);
  // The event’s own time is signed, the checkpoint’s is not.
  requireNotOver(key, event.atMs);
  return { event, key, checkpointAtMs: atMs, pseudonym: key.owner !== event.writer };
}

/** P-3, P-9. */
function requireAgreement(events: readonly MessageEvent[]): void {
  const places = new Set(events.map(({ chain, sequence }) => `${chain}:${sequence}`));
  if (places.size < events.length) refuse('an event is there twice');
  const sent = events.filter(({ kind }) => kind === 'message.sent');
  if (sent.length > 1) refuse('it was sent twice');
  if (sent.some(({ writer, senderId }) => writer !== senderId))
    refuse('another than the sender says to have sent it');
  // What was cut differs from what was not.
  const [first, ...rest] = events.filter(({ cut }) => !cut);
  for (const { senderId, messageType, channel } of rest)
    if (senderId !== first!.senderId || messageType !== first!.messageType || channel !== first!.channel)
      refuse('the events contradict each other');
}
