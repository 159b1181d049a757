// Renders an event as the JSON text that stands on the audit topic.
import type { AuditEvent } from '@sealwire/core';
import { jsonText, JsonTexts } from './json-text.js';

/** Fields that every line has or may have: a fact must not stand in for one of them. */
const reserved: ReadonlySet<string> = new Set([
  'kind',
  'timestamp',
  'sender_id',
  'recipient_id',
  'message_type',
  'message_hash',
  'channel',
  'encryption_status',
  'outcome',
  'writer',
  'code',
  'record_hash',
  'unverified',
]);

const digits = /^[0-9]{1,20}$/;

/** Makes the lines of one writer: most of each is as in the one before, and is kept. */
export class AuditLines {
  readonly #writer: string;
  readonly #texts = new JsonTexts();
  readonly #factNames = new JsonTexts();
  #last: AuditEvent | null = null;
  /** The last line up to the message hash, and from there to the writer. */
  #head = '';
  #middle = '';
  /** The last facts, rendered: those of a send are one object for all of its messages. */
  #facts: AuditEvent['facts'] = {};
  #factsText = '}';

  /** @param writer the agent whose process saw the events */
  constructor(writer: string) {
    this.#writer = writer;
  }

  /**
   * One flat JSON object. The seven fields an auditor asks for stand under exactly these names: sender_id, recipient_id,
   * timestamp (ISO 8601, UTC), message_type, message_hash, channel, encryption_status. Never payload, keys or
   * credentials. A fact that has the name of a field is left out.
   * @throws RangeError where the timestamp is none
   */
  line(event: AuditEvent): string {
    if (this.#last === null || !alike(event, this.#last)) this.#begin(event);
    const { messageHash, code, recordHash, unverified, facts } = event;
    if (facts !== this.#facts) this.#beginFacts(facts);
    // Not by `+`: a string that stays in its pieces while it waits costs the garbage collector more than making it.
    return code === null && recordHash === null && !unverified
      ? [this.#head, hashText(messageHash), this.#middle, this.#factsText].join('')
      : [
          this.#head,
          hashText(messageHash),
          this.#middle,
          code === null ? '' : `,"code":${this.#texts.render(code)}`,
          recordHash === null ? '' : `,"record_hash":${jsonText(recordHash)}`,
          unverified ? ',"unverified":true' : '',
          this.#factsText,
        ].join('');
  }

  #begin(event: AuditEvent): void {
    const text = (value: string | null): string => this.#texts.render(value);
    const timestamp = new Date(event.timestampMs).toISOString();
    this.#head = [
      `{"kind":${text(event.kind)},"timestamp":"${timestamp}","sender_id":${text(event.senderId)}`,
      `"recipient_id":${text(event.recipientId)}`,
      `"message_type":${text(event.messageType)}`,
      '"message_hash":',
    ].join(',');
    this.#middle = [
      `,"channel":${text(event.channel)}`,
      `"encryption_status":${text(event.encryptionStatus)}`,
      `"outcome":${text(event.outcome)}`,
      `"writer":${text(this.#writer)}`,
    ].join(',');
    this.#last = event;
  }

  #beginFacts(facts: AuditEvent['facts']): void {
    let text = '';
    for (const name of Object.keys(facts)) {
      const value = facts[name];
      if (value === undefined || reserved.has(name)) continue;
      text += `,${this.#factNames.render(name)}:${this.#fact(value)}`;
    }
    this.#facts = facts;
    this.#factsText = `${text}}`;
  }

  #fact(value: string | number | null): string {
    if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : 'null';
    // Offsets and tags are new each time: kept, they would only push the names out.
    return value !== null && digits.test(value) ? `"${value}"` : this.#texts.render(value);
  }
}

const hashText = (hash: string | null): string => (hash === null ? 'null' : jsonText(hash));

/** Whether head and middle of the line are the same. */
function alike(a: AuditEvent, b: AuditEvent): boolean {
  return (
    a.timestampMs === b.timestampMs &&
    a.kind === b.kind &&
    a.senderId === b.senderId &&
    a.recipientId === b.recipientId &&
    a.messageType === b.messageType &&
    a.channel === b.channel &&
    a.encryptionStatus === b.encryptionStatus &&
    a.outcome === b.outcome
  );
}
