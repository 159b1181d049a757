// An event in a sentence, for people who read a list of them.
import type { AuditEvent } from '@sealwire/core';
import type { EventTexts } from './event-texts.js';

/** Everything in it stands in a field of its own too. */
export function messageText({ kind, outcome, code, unverified }: AuditEvent, texts: EventTexts): string {
  const { sender, recipient, type, channel } = texts;
  return [
    `${kind}, ${outcome}`,
    code === null ? '' : ` (${code})`,
    type === null ? '' : `: ${type}`,
    sender === null ? '' : `, ${unverified ? 'claims to be from' : 'from'} ${sender}`,
    recipient === null ? '' : ` to ${recipient}`,
    channel === null ? '' : ` on ${channel}`,
  ].join('');
}
