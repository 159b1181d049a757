// What is printed of one verified record, or one that does not verify.
import type { MessageFacts } from '@sealwire/core';
import type { Verification } from '@sealwire/envelope';

/** What is printed of one record. */
export type Result = { readonly name: string; readonly judgedAt: string } & (
  | ({ readonly verified: true; readonly keyRevoked: boolean } & ReturnType<typeof shown>)
  | { readonly verified: false; readonly code: string; readonly reason: string }
);

export function resultOf(name: string, judgedAtMs: number, verification: Verification): Result {
  const head = { name, judgedAt: new Date(judgedAtMs).toISOString() };
  if (!verification.verified) return { ...head, ...verification };
  const { facts, keyRevoked } = verification;
  return { ...head, verified: true, keyRevoked, ...shown(facts) };
}

function shown(facts: MessageFacts) {
  return {
    sender: facts.sender,
    senderKeyId: facts.senderKeyId.toString('hex'),
    recipients: facts.recipients,
    channel: facts.channel,
    type: facts.type,
    contentType: facts.contentType,
    issuedAt: new Date(facts.issuedAtMs).toISOString(),
    messageHash: facts.messageHash.toString('hex'),
    nonce: facts.nonce.toString('hex'),
  };
}
