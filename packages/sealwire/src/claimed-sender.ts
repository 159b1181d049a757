// Who has sent a plaintext message, as far as the policy’s evidence goes.
import type { HeaderField, PlaintextTerms, Received, SenderEvidence } from '@sealwire/core';

export interface ClaimedSender {
  readonly sender: string | null;
  readonly evidence: SenderEvidence;
}

const nobody: ClaimedSender = { sender: null, evidence: 'none' };

/**
 * RabbitMQ’s `user_id` where the terms ask for it: the broker has compared it with the user that published. Otherwise the
 * header that the terms name, which is no more than a claim.
 */
export function claimedSender(
  { source, userId = null, headers }: Received,
  { byUserId, senderHeader }: PlaintextTerms,
): ClaimedSender {
  if (source.transport === 'rabbitmq' && byUserId)
    return userId === null ? nobody : { sender: userId, evidence: 'user_id' };
  const sender = claimedName(headers, senderHeader);
  return sender === null ? nobody : { sender, evidence: 'header' };
}

/** A header that says two things says nothing: readers may differ in which of them they take. */
export function claimedName(headers: readonly HeaderField[], name: string | null): string | null {
  if (name === null) return null;
  const found = headers.filter((header) => header.name === name);
  const value = found.length === 1 && found[0]!.values.length === 1 ? found[0]!.values[0]! : null;
  if (value === null || value.length === 0 || value.length > 255) return null;
  const text = value.toString('latin1');
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
}
