// The texts of an event as it may hold them: cut, and well-formed.
import type { AuditEvent } from '@sealwire/core';
import { cut } from '../json-text.js';
import type { WriterFacts } from './writer-facts.js';

export interface EventTexts {
  /** What this is about where a text of the event is. */
  readonly maxCharacters: number;
  readonly sender: string | null;
  readonly recipient: string | null;
  readonly type: string | null;
  readonly channel: string | null;
  readonly writer: string;
  readonly host: string;
  readonly version: string;
  /** A fact that is a text; otherwise undefined. */
  readonly fact: (name: string) => string | undefined;
}

export function eventTexts(event: AuditEvent, writer: WriterFacts, maxCharacters: number): EventTexts {
  const text = (value: string | null): string | null => (value === null ? null : cut(value, maxCharacters));
  return {
    maxCharacters,
    sender: text(event.senderId),
    recipient: text(event.recipientId),
    type: text(event.messageType),
    channel: text(event.channel),
    writer: cut(writer.agent, maxCharacters),
    host: cut(writer.host, maxCharacters),
    version: cut(writer.version, maxCharacters),
    fact(name) {
      const value = event.facts[name];
      return typeof value === 'string' ? cut(value, maxCharacters) : undefined;
    },
  };
}
