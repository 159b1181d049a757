// Chooses what goes into a proof of all that was found, so that it holds together.
import {
  checkpointKey,
  parseNote,
  proofLimits,
  type AuditProof,
  type CoveredEvent,
  type FoundEvent,
  type ProofCheckpoint,
} from '@sealwire/audit';
import type { PublicKey } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { readMessageParts, type MessageParts } from '@sealwire/envelope';
import type { ProofTerms } from './judge-proof.js';

export interface Material {
  /** 64 hex digits. */
  readonly messageHash: string;
  readonly found: readonly FoundEvent[];
  readonly message: MessageParts | null;
  /** Put the sealed message in, and not its signature alone. */
  readonly withRecord: boolean;
}

/**
 * The sender’s event first, then those of receivers that do not contradict it: anybody who may write to the trail may
 * write events about the message into a chain of its own.
 * @returns `null` where nothing is left
 */
export function assembleProof(
  { messageHash, found, message, withRecord }: Material,
  terms: ProofTerms,
): AuditProof | null {
  const { directory } = terms;
  const owner = message === null ? null : (directory.signingKey(keyIdOf(message))?.owner ?? null);
  const keys = new Map(found.map((one) => [one, keyOf(one, terms)]));
  const sent = found.find(
    (one) =>
      one.event.kind === 'message.sent' &&
      one.event.writer === one.event.senderId &&
      (owner === null || keys.get(one)!.owner === owner),
  );
  const received = found.filter(({ event }) => event.kind === 'message.received');
  const first =
    sent ?? received.find(({ event }) => owner === null || event.senderId === owner) ?? received[0];
  if (first === undefined) return null;
  const events = [...(sent === undefined ? [] : [sent]), ...received.filter((one) => agree(one, first))];
  const chosen = events.slice(0, proofLimits.events);
  const notes = [...new Set(chosen.map(({ checkpoint }) => checkpoint.note))];
  return {
    realm: directory.realm,
    rootSerial: directory.set.root.document.serial,
    issuerSerials: new Map(
      [...directory.set.documents].map(([id, { header }]) => [id, header.serial] as const),
    ),
    messageHash: Buffer.from(messageHash, 'hex'),
    message: message === null || withRecord ? message : readMessageParts(message, primitives).signature,
    events: chosen.map(({ text, path, checkpoint }): CoveredEvent => ({
      event: text,
      checkpoint: notes.indexOf(checkpoint.note),
      path,
    })),
    checkpoints: notes.map(
      (note): ProofCheckpoint => chosen.find(({ checkpoint }) => checkpoint.note === note)!.checkpoint,
    ),
  };
}

const keyIdOf = (message: MessageParts): string =>
  readMessageParts(message, primitives).signature.senderKeyId.toString('latin1');

const keyOf = ({ event, checkpoint }: FoundEvent, terms: ProofTerms): PublicKey =>
  checkpointKey(parseNote(checkpoint.note)!, event.writer, checkpoint.atMs, terms);

function agree({ event: a }: FoundEvent, { event: b }: FoundEvent): boolean {
  if (a.cut || b.cut) return true;
  return a.senderId === b.senderId && a.messageType === b.messageType && a.channel === b.channel;
}
