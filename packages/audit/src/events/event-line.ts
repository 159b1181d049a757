// The line of an event, made in a way that the next one that is alike costs little.
import type { AuditEvent } from '@sealwire/core';
import { jsonMembers, jsonText } from '../json-text.js';
import { activityOfKind } from './activity-of-kind.js';
import { alertOf } from './alert-of.js';
import type { ChainLink } from './chain-link.js';
import { eventTexts, type EventTexts } from './event-texts.js';
import { LineBuffer } from './line-buffer.js';
import { metadataMembers, ocsfMembers } from './ocsf-members.js';
import { apiActivity } from './ocsf-class.js';
import { reservedNames } from './reserved-names.js';
import { resourcesOf } from './resources-of.js';
import { isTraced, traceText } from './trace-of.js';
import type { WriterFacts } from './writer-facts.js';

/** Facts that nothing but `unmapped` and the slots are made of: in events that are alike they may differ. */
const free: ReadonlySet<string> = new Set([
  'partition',
  'offset',
  'delivery_tag',
  'baseOffset',
  'bytes',
  'trace_id',
  'span_id',
  'correlation_id',
]);

/** Places of what is new in every line. Facts come behind them. */
const slot = {
  hash: 0,
  /** The message hash, or else the record hash. */
  id: 1,
  record: 2,
  timestamp: 3,
  time: 4,
  sequence: 5,
  previous: 6,
  bytes: 7,
  correlation: 8,
  trace: 9,
} as const;
const firstFact = 10;

const hex64 = /^[0-9a-f]{64}$/;
const hex32 = /^[0-9a-f]{32}$/;
const digits = /^[0-9]{1,20}$/;

/** A hash is never cut where it is one. */
const hashText = (hash: string, maxCharacters: number): string =>
  hex64.test(hash) ? `"${hash}"` : jsonText(hash, maxCharacters);

/** Dates end in the year 275,760; an event without a good time must not hold up the others. */
const timeOf = ({ timestampMs }: AuditEvent): number =>
  Number.isFinite(timestampMs) ? Math.min(Math.max(Math.trunc(timestampMs), 0), 8.64e15) : 0;

const bytesOf = ({ facts: { bytes } }: AuditEvent): number | null =>
  typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;

const correlationOf = ({ facts: { correlation_id: id } }: AuditEvent): string | null =>
  typeof id === 'string' && hex32.test(id) ? id : null;

export class EventLine {
  readonly #event: AuditEvent;
  readonly #writer: WriterFacts;
  readonly #chain: string;
  readonly #texts: EventTexts;
  readonly #isApi: boolean;
  readonly #traced: boolean;
  readonly #pieces = new LineBuffer();
  readonly #hasBytes: boolean;
  readonly #hasCorrelation: boolean;
  /** Of the facts, in their order: name, value in the last line, whether it may differ. */
  readonly #names: readonly string[];
  readonly #values: (string | number | null)[] = [];
  readonly #free: readonly boolean[];
  #timeMs = -1;

  /**
   * @param maxCharacters texts are cut to
   * @param isCut whether that is less than usual
   * @param withFacts `false`: there are too many
   */
  constructor(
    event: AuditEvent,
    writer: WriterFacts,
    { chain }: ChainLink,
    maxCharacters: number,
    isCut = false,
    withFacts = true,
  ) {
    this.#event = event;
    this.#writer = writer;
    this.#chain = chain;
    this.#texts = eventTexts(event, writer, maxCharacters);
    // OCSF has the profile Trace in this class only.
    this.#isApi = activityOfKind[event.kind].class === apiActivity;
    this.#traced = this.#isApi && isTraced(event);
    this.#hasBytes = bytesOf(event) !== null;
    this.#hasCorrelation = correlationOf(event) !== null;
    this.#names = withFacts
      ? Object.keys(event.facts).filter((name) => event.facts[name] !== undefined && !reservedNames.has(name))
      : [];
    this.#free = this.#names.map((name) => free.has(name));
    this.#draw(isCut);
  }

  /** Whether `line` may be asked for this event. */
  suits(event: AuditEvent, writer: WriterFacts, { chain }: ChainLink): boolean {
    const of = this.#event;
    return (
      event.kind === of.kind &&
      event.recipientId === of.recipientId &&
      event.senderId === of.senderId &&
      event.messageType === of.messageType &&
      event.channel === of.channel &&
      event.outcome === of.outcome &&
      event.code === of.code &&
      event.encryptionStatus === of.encryptionStatus &&
      event.unverified === of.unverified &&
      (event.messageHash === null) === (of.messageHash === null) &&
      (event.recordHash === null) === (of.recordHash === null) &&
      writer === this.#writer &&
      chain === this.#chain &&
      this.#suitsFacts(event.facts) &&
      (bytesOf(event) === null) !== this.#hasBytes &&
      (correlationOf(event) === null) !== this.#hasCorrelation &&
      (this.#isApi && isTraced(event)) === this.#traced
    );
  }

  /** @returns the line, until this is asked for the next one */
  line(event: AuditEvent, { sequence, previous }: ChainLink): LineBuffer {
    const pieces = this.#pieces;
    const { maxCharacters } = this.#texts;
    const { messageHash, recordHash, facts } = event;
    const timeMs = timeOf(event);
    if (timeMs !== this.#timeMs) {
      this.#timeMs = timeMs;
      pieces.fill(slot.time, `${timeMs}`);
      pieces.fill(slot.timestamp, new Date(timeMs).toISOString());
    }
    const hash = messageHash === null ? 'null' : hashText(messageHash, maxCharacters);
    const record = recordHash === null ? '' : hashText(recordHash, maxCharacters);
    pieces.fill(slot.hash, hash);
    pieces.fill(slot.id, messageHash === null ? record : hash);
    if (recordHash !== null) pieces.fill(slot.record, record);
    pieces.fill(slot.sequence, `${sequence}`);
    pieces.fill(slot.previous, previous);
    if (this.#hasBytes) pieces.fill(slot.bytes, `${bytesOf(event)}`);
    if (this.#hasCorrelation) pieces.fill(slot.correlation, `"${correlationOf(event)}"`);
    if (this.#traced) pieces.fill(slot.trace, traceText(event, timeMs));
    const values = this.#values;
    for (let i = 0; i < this.#names.length; i++) {
      const value = facts[this.#names[i]!]!;
      if (value === values[i]) continue;
      values[i] = value;
      pieces.fill(firstFact + i, this.#factText(this.#names[i]!, value));
    }
    return pieces;
  }

  #suitsFacts(facts: AuditEvent['facts']): boolean {
    const names = this.#names;
    let i = 0;
    for (const name in facts) {
      if (name !== names[i]) return false;
      if (!this.#free[i] && facts[name] !== this.#values[i]) return false;
      i++;
    }
    return i === names.length;
  }

  #factText(name: string, value: string | number | null): string {
    if (value === null) return 'null';
    if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : 'null';
    if (digits.test(value)) return `"${value}"`;
    // A note that was signed is nothing when it is cut; it is the writer’s own, and short enough (SPEC §3).
    if (name === 'checkpoint' && this.#event.kind === 'audit.checkpoint') return jsonText(value, 4_000);
    return jsonText(value, this.#texts.maxCharacters);
  }

  #draw(isCut: boolean): void {
    const pieces = this.#pieces;
    const event = this.#event;
    const texts = this.#texts;
    const hasId = event.messageHash !== null || event.recordHash !== null;
    const alert = alertOf(event);
    const flat = {
      sender_id: texts.sender,
      recipient_id: texts.recipient,
      message_type: texts.type,
      channel: texts.channel,
      encryption_status: event.encryptionStatus,
    };
    const asId = (before: string, behind = ''): void => {
      if (!hasId) return;
      pieces.add(before);
      pieces.place(slot.id);
      pieces.add(behind);
    };
    pieces.add('{', jsonMembers(flat), ',"message_hash":');
    pieces.place(slot.hash);
    pieces.add(',"timestamp":"');
    pieces.place(slot.timestamp);
    pieces.add('","time":');
    pieces.place(slot.time);
    asId(',"raw_data_hash":{"algorithm":"SHA-256","algorithm_id":3,"value":', '}');
    pieces.add(`,"metadata":{"uid":"${this.#chain}:`);
    pieces.place(slot.sequence);
    pieces.add('","sequence":');
    pieces.place(slot.sequence);
    asId(',"original_event_uid":');
    if (this.#hasCorrelation) {
      pieces.add(',"correlation_uid":');
      pieces.place(slot.correlation);
    }
    pieces.add(',', jsonMembers(metadataMembers(event, alert, texts, this.#traced, isCut)), '}');
    if (this.#traced) {
      pieces.add(',"trace":');
      pieces.place(slot.trace);
    }
    if (this.#isApi) this.#drawResources(asId, hasId);
    pieces.add(',', jsonMembers(ocsfMembers(event, this.#writer, alert, texts)));
    pieces.add(
      ',"unmapped":{',
      jsonMembers({
        kind: event.kind,
        ...flat,
        outcome: event.outcome,
        code: event.code ?? undefined,
        alert: alert ?? undefined,
        unverified: event.unverified ? true : undefined,
        cut: isCut ? true : undefined,
        writer: texts.writer,
        writer_host: texts.host,
        pid: this.#writer.pid,
        chain: this.#chain,
      }),
      ',"message_hash":',
    );
    pieces.place(slot.hash);
    if (event.recordHash !== null) {
      pieces.add(',"record_hash":');
      pieces.place(slot.record);
    }
    pieces.add(',"timestamp":"');
    pieces.place(slot.timestamp);
    pieces.add('","sequence":');
    pieces.place(slot.sequence);
    pieces.add(',"previous":"');
    pieces.place(slot.previous);
    pieces.add('"');
    this.#names.forEach((name, i) => {
      const value = event.facts[name]!;
      pieces.add(`,${jsonText(name)}:`);
      this.#values.push(value);
      if (this.#free[i]) pieces.place(firstFact + i, this.#factText(name, value));
      else pieces.add(this.#factText(name, value));
    });
    pieces.add('}');
    // Behind all else: its width differs.
    if (this.#hasBytes) {
      pieces.add(',"raw_data_size":');
      pieces.place(slot.bytes);
    }
    pieces.add('}');
  }

  #drawResources(asId: (before: string, behind?: string) => void, hasId: boolean): void {
    const pieces = this.#pieces;
    const { type } = this.#texts;
    const others = resourcesOf(this.#event, this.#texts).map((each) => `{${jsonMembers({ ...each })}}`);
    if (!hasId && type === null && others.length === 0) return;
    pieces.add(',"resources":[');
    if (hasId || type !== null) {
      pieces.add('{', jsonMembers({ name: type ?? undefined, type: 'agent_message' }));
      asId(',"uid":');
      pieces.add(others.length === 0 ? '}' : '},');
    }
    pieces.add(others.join(','), ']');
  }
}
