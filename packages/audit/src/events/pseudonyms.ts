// Names of agents and groups as keyed pseudonyms (SPEC A-6).
import { createHmac } from 'node:crypto';
import type { AuditEvent, AuditKind } from '@sealwire/core';
import { namingFacts, wordyFacts } from './naming-facts.js';

/** Names that are kept with their pseudonyms; none that are long. Unverified records name whatever they like. */
const maxKept = 10_000;
const maxKeptCharacters = 256;

const hexDigits = 32;

/** Under one key: the same name is the same pseudonym in every event, of every process that has the key. */
export class Pseudonyms {
  readonly #key: Buffer;
  readonly #kept = new Map<string, string>();

  /** @param key secret, at least 32 bytes: who has it can tell which name is whose by trying names */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** `p-` and 32 hex digits, of an agent’s or group’s name. */
  name(name: string): string {
    return this.#keep(name, () => this.#of(name));
  }

  /**
   * The event with pseudonyms in place of every name of an agent, a group or an operator. Texts in which names may stand
   * among other words are left out: their code is there. Names of topics, queues and brokers stay, and so do key ids: who
   * has the directory can tell whose they are.
   */
  event(event: AuditEvent): AuditEvent {
    const { senderId, recipientId, kind, facts } = event;
    return {
      ...event,
      senderId: senderId === null ? null : this.name(senderId),
      recipientId: recipientId === null ? null : this.#names(recipientId),
      facts: this.#facts(kind, facts),
    };
  }

  #facts(kind: AuditKind, facts: AuditEvent['facts']): AuditEvent['facts'] {
    const wordy = wordyFacts[kind];
    let copy: Record<string, string | number | null> | null = null;
    for (const name in facts) {
      const value = facts[name];
      if (typeof value !== 'string') continue;
      if (namingFacts.has(name)) (copy ??= { ...facts })[name] = this.name(value);
      else if (wordy?.includes(name) === true) (copy ??= { ...facts })[name] = null;
    }
    return copy ?? facts;
  }

  /** Several are joined by commas. */
  #names(names: string): string {
    if (!names.includes(',')) return this.name(names);
    return this.#keep(names, () =>
      names
        .split(',')
        .map((name) => this.name(name))
        .join(','),
    );
  }

  #of(name: string): string {
    return `p-${createHmac('sha256', this.#key).update(name).digest('hex').slice(0, hexDigits)}`;
  }

  #keep(text: string, make: () => string): string {
    let made = this.#kept.get(text);
    if (made !== undefined) return made;
    made = make();
    if (text.length <= maxKeptCharacters) {
      if (this.#kept.size >= maxKept) this.#kept.clear();
      this.#kept.set(text, made);
    }
    return made;
  }
}
