// Seals and publishes, synchronously and in order, with amqplib’s answer.
import { UsageError, type Sealed } from '@sealwire/core';
import type { Message, Options, Replies } from 'amqplib';
import type { Link } from './link.js';
import type { Outcome } from './outcome-ledger.js';
import { packProperties } from './pack-properties.js';
import { ReturnedMessages } from './returned-messages.js';
import { addToTable } from './wire-headers.js';

/** amqplib gives `null` for an ack, an error for a nack or a lost channel. */
export type ConfirmCallback = (error: unknown, ok: Replies.Empty) => void;

/** What is needed of amqplib’s channels, of either API. */
export interface PublishingChannel {
  publish(
    exchange: string,
    routingKey: string,
    content: Buffer,
    options: Options.Publish,
    confirm?: ConfirmCallback,
  ): boolean;
}

/** The sending side of one channel. */
export class Publisher {
  readonly #link: Link;
  readonly #channel: PublishingChannel;
  readonly #confirms: boolean;
  readonly #returned = new ReturnedMessages();

  constructor(link: Link, channel: PublishingChannel, confirms: boolean) {
    this.#link = link;
    this.#channel = channel;
    this.#confirms = confirms;
  }

  /**
   * As amqplib’s: what it returns is whether the write buffer has room. Options and content are never changed.
   * @param confirm on confirm channels: called exactly once
   * @throws TypeError for arguments that amqplib refuses; SealwireError where the message may not or cannot be sealed:
   * then nothing was sent and `confirm` is not called
   */
  publish(
    exchange: string,
    routingKey: string,
    content: Uint8Array,
    options: Options.Publish | undefined,
    confirm?: ConfirmCallback,
  ): boolean {
    const exchangeName = shortText('exchange', exchange);
    const key = shortText('routingKey', routingKey);
    const payload = asBuffer(content);
    const { fields, wire } = packProperties(options);
    const { outlet, describe, outcomes } = this.#link;
    const description =
      describe?.({ exchange: exchangeName, routingKey: key, content: payload, options: options ?? {} }) ?? {};
    const [sealed] = outlet.seal([
      {
        destination: { transport: 'rabbitmq', exchange: exchangeName, routingKey: key },
        payload,
        key: null,
        headers: fields,
        partition: null,
        description,
      },
    ]);
    const bytes = sealed?.value;
    if (sealed === undefined || bytes === null || bytes === undefined)
      throw new UsageError('ERR_USAGE_TOMBSTONE', 'RabbitMQ carries no message without a value.');
    addToTable(wire.headers, sealed.headers);

    const kept = options?.mandatory === true ? this.#returned.keep(bytes, payload, options) : null;
    try {
      if (this.#confirms)
        return this.#channel.publish(
          exchangeName,
          key,
          bytes,
          wire,
          this.#confirmed(sealed, exchangeName, key, kept, confirm),
        );
      const hasRoom = this.#channel.publish(exchangeName, key, bytes, wire);
      outcomes.note(sealed, 'unknown', exchangeName, key);
      return hasRoom;
    } catch (error) {
      outcomes.note(sealed, 'failed', exchangeName, key);
      if (kept !== null) this.#returned.forget(kept);
      throw error;
    }
  }

  /** What the application published, for a message that came back. */
  restore(raw: Message): Message {
    return this.#returned.restore(raw);
  }

  #confirmed(
    sealed: Sealed,
    exchange: string,
    routingKey: string,
    kept: string | null,
    confirm: ConfirmCallback | undefined,
  ): ConfirmCallback {
    return (error, ok) => {
      if (kept !== null) this.#returned.forget(kept);
      this.#link.outcomes.note(sealed, outcomeOf(error), exchange, routingKey);
      confirm?.(error, ok);
    };
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error === null || error === undefined) return 'acknowledged';
  // amqplib’s words for a nack; all else means that the confirm was lost with the channel.
  return error instanceof Error && error.message === 'message nacked' ? 'failed' : 'unknown';
}

/** Uint8Array is taken as the bytes that it is. */
function asBuffer(content: unknown): Buffer {
  if (Buffer.isBuffer(content)) return content;
  if (content instanceof Uint8Array)
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  throw new TypeError('content is not a buffer');
}

function shortText(name: string, value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string' && Buffer.byteLength(value) < 256) return value;
  throw new TypeError(`Field '${name}' is the wrong type; must be a string (up to 255 chars)`);
}
