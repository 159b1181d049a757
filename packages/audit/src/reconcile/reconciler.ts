// Joins what was sent with what was received. What has no counterpart need not be an attack, and is told beside it.
import type { ReadEvent } from '../verify/read-event.js';
import { Buckets } from './buckets.js';
import {
  readRecord,
  recordBytes,
  writeRecord,
  type MessageRecord,
  type MessageRole,
} from './message-record.js';
import { NameTable } from './name-table.js';

/** A message of which one end is not there. */
export interface Unmatched {
  readonly kind: 'never_received' | 'never_sent';
  /** 64 hex digits: the message hash, or the record hash of what was not sealed. */
  readonly hash: string;
  /** Whose event there is. */
  readonly writer: string | null;
  /** Whose is missing: recipients that did not receive it, where it is not received; otherwise empty. */
  readonly missing: readonly string[];
  readonly channel: string | null;
  readonly atMs: number;
  readonly chain: string;
  readonly sequence: number;
}

export interface Reconciliation {
  /** Messages whose sending was acknowledged. */
  readonly sent: number;
  /** Messages whose sending failed, or nobody knows of: they need not have been received. */
  readonly tried: number;
  /** Messages that somebody received. */
  readonly received: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly neverReceived: number;
  readonly neverSent: number;
  /** Sent so shortly before the end that they may still be under way. */
  readonly underWay: number;
  /** Received so shortly after the beginning that they were perhaps sent before it. */
  readonly sentBefore: number;
}

export interface ReconcilerOptions {
  /** Whether what this writer received counts for this recipient of the audience: an agent, or a group with members. */
  readonly covers: (writer: string, recipient: string) => boolean;
  readonly onUnmatched: (unmatched: Unmatched) => void;
  readonly graceMs: number;
  /** More are counted and not told. */
  readonly maxTold?: number;
}

const hex64 = /^[0-9a-f]{64}$/;

/** In memory: a 256th of all messages at a time. The rest is in a temporary folder, 77 bytes for each event. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #buckets = new Buckets();
  readonly #names = new NameTable();
  readonly #counts = {
    sent: 0,
    tried: 0,
    received: 0,
    rejected: 0,
    duplicates: 0,
    neverReceived: 0,
    neverSent: 0,
    underWay: 0,
    sentBefore: 0,
  };
  #firstMs = Infinity;
  #lastMs = -Infinity;
  #told = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** An event of the trail; what is of no message is passed over. */
  take(event: ReadEvent): void {
    const { kind, unmapped } = event;
    if (!kind.startsWith('message.')) return;
    if (kind === 'message.rejected') this.#counts.rejected++;
    else if (kind === 'message.duplicate') this.#counts.duplicates++;
    else if (kind === 'message.sent')
      this.#keep(event, unmapped['outcome'] === 'acknowledged' ? 'sent' : 'tried', hashOf(unmapped));
    else if (kind === 'message.received') {
      this.#keep(event, 'received', hashOf(unmapped));
      // What was driven again came inside another message, which was received by that.
      this.#keep(event, 'received', unmapped['redriven_in']);
    }
  }

  /** Nothing more comes. */
  end(): Reconciliation {
    try {
      for (const bucket of this.#buckets.read()) this.#join(bucket);
    } finally {
      this.close();
    }
    return { ...this.#counts };
  }

  /** Removes what is in the temporary folder. */
  close(): void {
    this.#buckets.close();
  }

  #keep(event: ReadEvent, role: MessageRole, hash: unknown): void {
    if (typeof hash !== 'string' || !hex64.test(hash)) return;
    const timeMs = event.timeMs ?? 0;
    if (timeMs < this.#firstMs) this.#firstMs = timeMs;
    if (timeMs > this.#lastMs) this.#lastMs = timeMs;
    const { target, at } = this.#buckets.next(parseInt(hash.slice(0, 2), 16));
    const { chain, sequence, unmapped } = event;
    const writer = this.#names.numberOf(event.writer);
    const recipients = this.#names.numberOf(unmapped['recipient_id']);
    const channel = this.#names.numberOf(unmapped['channel']);
    writeRecord(target, at, { role, timeMs, writer, recipients, channel, chain, sequence }, hash);
  }

  #join(bucket: Buffer): void {
    const messages = new Map<string, Ends>();
    for (let at = 0; at < bucket.length; at += recordBytes) {
      const record = readRecord(bucket, at);
      let ends = messages.get(record.hash);
      if (ends === undefined)
        messages.set(record.hash, (ends = { sent: null, tried: false, received: null, by: [] }));
      if (record.role === 'sent') ends.sent ??= record;
      else if (record.role === 'tried') ends.tried = true;
      else {
        ends.received ??= record;
        if (!ends.by.includes(record.writer)) ends.by.push(record.writer);
      }
    }
    for (const ends of messages.values()) this.#judge(ends);
  }

  #judge({ sent, tried, received, by }: Ends): void {
    const counts = this.#counts;
    if (received !== null) counts.received++;
    if (sent !== null) {
      counts.sent++;
      const missing = this.#missing(sent, by);
      if (missing === null) return;
      if (sent.timeMs > this.#lastMs - this.#options.graceMs) counts.underWay++;
      else {
        counts.neverReceived++;
        this.#tell('never_received', sent, missing);
      }
    } else if (tried) counts.tried++;
    else if (received !== null && received.timeMs < this.#firstMs + this.#options.graceMs)
      counts.sentBefore++;
    else if (received !== null) {
      counts.neverSent++;
      this.#tell('never_sent', received, []);
    }
  }

  /** Recipients that nobody received it for; `null` where there are none of those. */
  #missing({ recipients }: MessageRecord, by: readonly number[]): string[] | null {
    const audience = this.#names.nameOf(recipients);
    if (audience === null) return by.length > 0 ? null : [];
    const writers = by.map((number) => this.#names.nameOf(number) ?? '');
    const missing = audience
      .split(',')
      .filter((recipient) => !writers.some((writer) => this.#options.covers(writer, recipient)));
    return missing.length > 0 ? missing : null;
  }

  #tell(kind: Unmatched['kind'], record: MessageRecord, missing: readonly string[]): void {
    if (++this.#told > (this.#options.maxTold ?? 10_000)) return;
    this.#options.onUnmatched({
      kind,
      hash: Buffer.from(record.hash, 'latin1').toString('hex'),
      writer: this.#names.nameOf(record.writer),
      missing,
      channel: this.#names.nameOf(record.channel),
      atMs: record.timeMs,
      chain: record.chain,
      sequence: record.sequence,
    });
  }
}

interface Ends {
  sent: MessageRecord | null;
  tried: boolean;
  received: MessageRecord | null;
  /** Writers that received it. */
  readonly by: number[];
}

const hashOf = (unmapped: ReadEvent['unmapped']): unknown =>
  unmapped['message_hash'] ?? unmapped['record_hash'];
