// Renders events as the OCSF JSON that stands on the audit topic.
import type { AuditEvent } from '@sealwire/core';
import { maxFieldCharacters } from '../json-text.js';
import type { ChainLink } from './chain-link.js';
import { EventLine } from './event-line.js';
import type { LineBuffer } from './line-buffer.js';
import type { WriterFacts } from './writer-facts.js';

/** rsyslog cuts what is longer than 8,096 bytes. */
const maxLineBytes = 8_000;
/** What texts are cut to, one after the other, where the line would be too long. */
const furtherCuts = [512, 256, 128, 64, 32, 16];
/** Lines that are kept, for who talks with many in turn. Names may be hostile: none that are long are kept. */
const maxKept = 256;
const maxKeyCharacters = 512;

export class EventRenderer {
  #last: EventLine | null = null;
  readonly #kept = new Map<string, EventLine>();

  /**
   * One event as one line: OCSF 1.8.0 JSON with the seven flat fields beside it (SPEC ), visible ASCII, at
   * most 8,000 bytes whatever is in it. The same for the same arguments, whatever came before. Never throws.
   * Give the same `writer` object each time: that is quicker.
   */
  render(event: AuditEvent, writer: WriterFacts, link: ChainLink): string {
    return this.#line(event, writer, link).toString();
  }

  /** The same as bytes, which are the caller’s own; cheaper than making them of the text. */
  renderBytes(event: AuditEvent, writer: WriterFacts, link: ChainLink): Buffer {
    return this.#line(event, writer, link).toBuffer();
  }

  #line(event: AuditEvent, writer: WriterFacts, link: ChainLink): LineBuffer {
    const line = this.#lineFor(event, writer, link).line(event, link);
    return line.length <= maxLineBytes ? line : cutFurther(event, writer, link);
  }

  #lineFor(event: AuditEvent, writer: WriterFacts, link: ChainLink): EventLine {
    if (this.#last?.suits(event, writer, link) === true) return this.#last;
    if (!event.kind.startsWith('message.')) return new EventLine(event, writer, link, maxFieldCharacters);
    const key = keyOf(event);
    let line = this.#kept.get(key);
    if (line?.suits(event, writer, link) !== true) {
      line = new EventLine(event, writer, link, maxFieldCharacters);
      if (this.#kept.size >= maxKept) this.#kept.clear();
      if (key.length <= maxKeyCharacters) this.#kept.set(key, line);
    }
    this.#last = line;
    return line;
  }
}

/** Need not tell all apart that are not alike: whether a line suits is asked then. */
const keyOf = ({ kind, senderId, recipientId, messageType, channel }: AuditEvent): string =>
  `${kind} ${senderId} ${recipientId} ${messageType} ${channel}`;

function cutFurther(event: AuditEvent, writer: WriterFacts, link: ChainLink): LineBuffer {
  for (const maxCharacters of furtherCuts) {
    const line = new EventLine(event, writer, link, maxCharacters, true).line(event, link);
    if (line.length <= maxLineBytes) return line;
  }
  return new EventLine(event, writer, link, furtherCuts.at(-1)!, true, false).line(event, link);
}
