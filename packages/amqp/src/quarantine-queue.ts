// Where rejected messages go: their bytes as received, beside why and from where.
import { isUtf8 } from 'node:buffer';
import {
  keptName,
  quarantineHeaders,
  type HeaderField,
  type Inlet,
  type QuarantineSettings,
  type Rejected,
} from '@sealwire/core';
import type { Message, Options } from 'amqplib';
import type { ConfirmedWriter, Writing } from './confirmed-writer.js';
import { isReadFromWire } from './wire-names.js';

/** A rejected record and the message that it came in. */
export interface RejectedMessage {
  readonly raw: Message;
  readonly rejected: Rejected;
}

/** Headers of the original that could not be kept within this are left out, in bytes: amqplib takes 64 KiB in all. */
const maxHeaderBytes = 32_768;

const textProperties = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'messageId',
  'type',
  'appId',
] as const;

export class QuarantineQueue {
  readonly #name: string;
  readonly #exchange: string;
  readonly #by: string;
  readonly #writer: ConfirmedWriter;
  readonly #testify: Inlet['testify'];
  /** So that what another attempt repeats is not written twice. */
  readonly #written = new WeakSet<Rejected>();

  /** @param testify makes the evidence that is kept beside what was rejected */
  constructor(
    { name, exchange = '' }: Pick<QuarantineSettings, 'name' | 'exchange'>,
    by: string,
    writer: ConfirmedWriter,
    testify: Inlet['testify'],
  ) {
    this.#testify = testify;
    this.#name = name;
    this.#exchange = exchange;
    this.#by = by;
    this.#writer = writer;
  }

  /** Settles when the queue is there. @throws InabilityError ERR_UNABLE_QUARANTINE */
  ready(): Promise<void> {
    return this.#writer.ready();
  }

  /**
   * Resolves when the broker has confirmed that every message is in the quarantine queue.
   * @throws InabilityError ERR_UNABLE_QUARANTINE: call again with the same messages
   */
  async write(messages: readonly RejectedMessage[]): Promise<void> {
    const left = messages.filter(({ rejected }) => !this.#written.has(rejected));
    if (left.length === 0) return;
    const evidence = await this.#testify(left.map(({ rejected }) => rejected));
    const written = await this.#writer.write(
      left.map((message, i) => this.#writing(message, evidence[i] ?? null)),
    );
    left.forEach(({ rejected }, i) => {
      if (written[i] === true) this.#written.add(rejected);
    });
    const missing = written.filter((one) => !one).length;
    if (missing > 0) throw this.#writer.unwritten(missing);
  }

  #writing({ raw, rejected }: RejectedMessage, evidence: Buffer | null): Writing {
    const headers = safeHeaders(raw.properties.headers);
    for (const field of quarantineHeaders(rejected, this.#by, Date.now(), evidence))
      headers[field.name] = tableValue(field);
    return {
      exchange: this.#exchange,
      routingKey: this.#name,
      content: raw.content,
      options: { ...safeProperties(raw), headers },
    };
  }
}

/** Text where it is text: people read it in the broker’s own tools. */
function tableValue({ values }: HeaderField): string | Buffer {
  const value = values[0] ?? Buffer.alloc(0);
  return isUtf8(value) ? value.toString() : value;
}

/** Without what the broker would act on: expiration, user id, reply address, priority. */
function safeProperties(raw: Message): Options.Publish {
  const safe: Options.Publish = {};
  for (const name of textProperties) {
    const value: unknown = raw.properties[name];
    // Bytes that are not UTF-8 grow when decoded and may not fit any more.
    if (typeof value === 'string' && Buffer.byteLength(value) <= 255) safe[name] = value;
  }
  return safe;
}

/**
 * Own scalar headers and lists of text and bytes only, which is all that a sender can have bound, and only what amqplib
 * can encode again. CC and BCC would route copies to wherever a stranger wrote, others the broker makes itself, and
 * `sealwire-` ones, which would pass for ours, are renamed.
 */
function safeHeaders(table: unknown): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  let bytes = 0;
  for (const [given, value] of Object.entries(table ?? {}) as [string, unknown][]) {
    if (given === '__proto__' || isReadFromWire(given)) continue;
    const name = keptName(given);
    const isScalar = typeof value === 'boolean' || Number.isSafeInteger(value);
    const texts = isScalar ? [] : Array.isArray(value) ? value : [value];
    if (!texts.every(isText) || Buffer.byteLength(name) > 255) continue;
    bytes += Buffer.byteLength(name) + 14;
    for (const text of texts) bytes += Buffer.byteLength(text) + 5;
    if (bytes > maxHeaderBytes) return safe;
    safe[name] = value;
  }
  return safe;
}

const isText = (value: unknown): value is string | Buffer =>
  typeof value === 'string' || Buffer.isBuffer(value);
