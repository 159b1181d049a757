// Puts the parts of a sealed message together (SPEC.md §4, §11).
import type { HeaderField, OutboundDraft, Sealed } from '@sealwire/core';
import { integerBytes, writeInteger } from './avro-writer.js';
import type { LeafProof } from './batch-proofs.js';
import { EnvelopeFacts } from './message-facts.js';
import type { SentSession } from './sender-sessions.js';

/** The name of the record header that holds a tombstone’s envelope. */
export const tombstoneHeader = 'sealwire';

/** The length of the whole record. */
export function recordBytes(draft: OutboundDraft, proofBytes: number): number {
  const { head } = draft.session as SentSession;
  const header = draft.header!.length;
  const body = draft.ciphertext.length + draft.tag.length;
  return (
    head.length +
    integerBytes(header) +
    header +
    integerBytes(body) +
    body +
    1 +
    draft.mac.length +
    integerBytes(proofBytes) +
    proofBytes
  );
}

/** Writes the record at `at`. @returns the position behind it. */
export function writeRecord(target: Buffer, at: number, draft: OutboundDraft, proof: LeafProof): number {
  const { head } = draft.session as SentSession;
  target.set(head, at);
  at = writeBytes(target, at + head.length, draft.header!);
  at = writeInteger(target, draft.ciphertext.length + draft.tag.length, at);
  target.set(draft.ciphertext, at);
  at += draft.ciphertext.length;
  target.set(draft.tag, at);
  at += draft.tag.length;
  at = writeInteger(target, draft.mac.length, at);
  at += target.write(draft.mac, at, draft.mac.length, 'latin1');
  return proof.write(target, writeInteger(target, proof.bytes, at));
}

function writeBytes(target: Buffer, at: number, value: Buffer): number {
  at = writeInteger(target, value.length, at);
  target.set(value, at);
  return at + value.length;
}

/** What the adapter gets. */
export function sealedOf(draft: OutboundDraft, record: Buffer): Sealed {
  const { message } = draft;
  const tombstone = message.payload === null;
  const envelope: HeaderField[] = tombstone ? [{ name: tombstoneHeader, values: [record] }] : [];
  return {
    value: tombstone ? null : record,
    key: message.key,
    headers: envelope.length === 0 ? draft.clearHeaders : [...draft.clearHeaders, ...envelope],
    refersTo: (draft.session as SentSession).refersTo,
    facts: new EnvelopeFacts(
      draft.session!,
      {
        issuedAtMs: draft.issuedAtMs,
        stream: draft.stream,
        sequence: draft.sequence,
        correlationId: message.description.correlationId ?? null,
        causationId: message.description.causationId ?? null,
      },
      draft.messageHash,
    ),
  };
}
