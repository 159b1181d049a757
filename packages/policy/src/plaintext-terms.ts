// What a channel’s mode comes to.
import type { PlaintextTerms } from '@sealwire/core';
import type { ChannelValues } from './policy-schema.js';

/** @returns `null` for a channel that is held to its policy */
export function plaintextTerms({ mode, plaintext }: ChannelValues): PlaintextTerms | null {
  if (mode === 'enforce' || plaintext === undefined) return null;
  return {
    mode,
    untilMs: plaintext.insecure_until,
    from: plaintext.from ?? null,
    senderHeader: plaintext.sender_header ?? null,
    byUserId: plaintext.rabbitmq_sender === 'user_id',
    typeHeader: plaintext.type_header ?? null,
  };
}
