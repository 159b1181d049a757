// Seals and publishes, synchronously and in order, with amqplib’s answer.
import { UsageError, type InClear, type Outgoing, type Sealed } from '@sealwire/core';
import type { Message, Options } from 'amqplib';
import { ConfirmTurns, type ConfirmCallback } from './confirm-turns.js';
import type { Link } from './link.js';
import type { Outcome } from './outcome-ledger.js';
import { packProperties, type PackedProperties } from './pack-properties.js';
import { PublishTurn, type BegunMessage } from './publish-turn.js';
import { ReturnedMessages } from './returned-messages.js';
import { addToTable } from './wire-headers.js';

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
  readonly #turn: PublishTurn;
  readonly #told = new ConfirmTurns();
  readonly #lost: (error: unknown) => void;

  /** @param lost is told of a message that could not be sent after `publish` returned, where no callback can be */
  constructor(link: Link, channel: PublishingChannel, confirms: boolean, lost: (error: unknown) => void) {
    this.#turn = new PublishTurn(link.outlet, bufferedFrames(channel));
    this.#lost = lost;
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
    const { outlet, describe } = this.#link;
    const description =
      describe?.({ exchange: exchangeName, routingKey: key, content: payload, options: options ?? {} }) ?? {};
    const outgoing: readonly Outgoing[] = [
      {
        destination: { transport: 'rabbitmq', exchange: exchangeName, routingKey: key },
        payload,
        key: null,
        headers: fields,
        partition: null,
        description,
      },
    ];
    const publishing = { exchange: exchangeName, key, payload, options, wire, confirm };
    const inClear = outlet.inClear(outgoing)?.[0] ?? null;
    if (inClear !== null) return this.#sendInClear(inClear, publishing);
    const [begun] = outlet.begin(outgoing);
    const message: BegunMessage = {
      begun: begun!,
      send: (sealed) => this.#send(sealed, publishing),
      failed: (error) => {
        if (confirm === undefined) this.#lost(error);
        else confirm(error, {});
      },
    };
    // What amqplib might still refuse is given to it now, so that its error is thrown here.
    return isPlain(wire) && begun!.clearHeaders.length === 0 && options?.mandatory !== true
      ? this.#turn.send(message)
      : this.#turn.sendNow(message);
  }

  /** Sends what waits for the end of the turn: before anything else is sent on the channel. */
  flush(): void {
    this.#turn.flush();
  }

  /** Tells the application of every confirm that is here: before it learns of them in another way. */
  tellConfirms(): void {
    this.#told.tellAll();
  }

  /** amqplib’s write buffer has room again. */
  drained(): void {
    this.#turn.drained();
  }

  #send(sealed: Sealed, { exchange, key, payload, options, wire, confirm }: Publishing): boolean {
    const { outcomes } = this.#link;
    const bytes = sealed.value;
    if (bytes === null)
      throw new UsageError('ERR_USAGE_TOMBSTONE', 'RabbitMQ carries no message without a value.');
    const kept = options?.mandatory === true ? this.#returned.keep(bytes, payload, options) : null;
    try {
      addToTable(wire.headers, sealed.headers);
      if (this.#confirms)
        return this.#channel.publish(
          exchange,
          key,
          bytes,
          wire,
          this.#confirmed(sealed, exchange, key, kept, confirm),
        );
      const hasRoom = this.#channel.publish(exchange, key, bytes, wire);
      outcomes.note(sealed, 'unknown', exchange, key);
      return hasRoom;
    } catch (error) {
      outcomes.note(sealed, 'failed', exchange, key);
      if (kept !== null) this.#returned.forget(kept);
      throw error;
    }
  }

  /** As the application gave it, behind what was published before it. */
  #sendInClear(message: InClear, { exchange, key, payload, options, confirm }: Publishing): boolean {
    this.flush();
    const { outcomes, outlet } = this.#link;
    outlet.keep([message]);
    const given = options ?? {};
    try {
      if (this.#confirms) {
        const confirmed = this.#confirmed(message, exchange, key, null, confirm);
        return this.#channel.publish(exchange, key, payload, given, confirmed);
      }
      const hasRoom = this.#channel.publish(exchange, key, payload, given);
      outcomes.note(message, 'unknown', exchange, key);
      return hasRoom;
    } catch (error) {
      outcomes.note(message, 'failed', exchange, key);
      throw error;
    }
  }

  /** What the application published, for a message that came back. */
  restore(raw: Message): Message {
    return this.#returned.restore(raw);
  }

  #confirmed(
    sealed: Sealed | InClear,
    exchange: string,
    routingKey: string,
    kept: string | null,
    confirm: ConfirmCallback | undefined,
  ): ConfirmCallback {
    return (error, ok) => {
      if (kept !== null) this.#returned.forget(kept);
      this.#link.outcomes.note(sealed, outcomeOf(error), exchange, routingKey);
      if (confirm !== undefined) this.#told.tell(confirm, error, ok);
    };
  }
}

/** amqplib’s default for a channel’s write buffer. */
const defaultFrames = 1024;

/** The highWaterMark that the channel was made with; amqplib keeps it with the channel’s buffer only. */
function bufferedFrames(channel: object): number {
  const { ch, connection } = channel as {
    ch?: number;
    connection?: { channels?: Record<number, { buffer?: { writableHighWaterMark?: number } } | null> };
  };
  return connection?.channels?.[ch ?? 0]?.buffer?.writableHighWaterMark ?? defaultFrames;
}

/** What `publish` was given, checked and packed. */
interface Publishing {
  readonly exchange: string;
  readonly key: string;
  readonly payload: Buffer;
  readonly options: Options.Publish | undefined;
  readonly wire: PackedProperties['wire'];
  readonly confirm: ConfirmCallback | undefined;
}

/** Nothing in it that amqplib could refuse. */
function isPlain(wire: PackedProperties['wire']): boolean {
  for (const name in wire) {
    if (name === 'headers') {
      for (const _ in wire.headers) return false;
    } else if (name !== 'contentType' && !(name === 'persistent' && typeof wire.persistent === 'boolean'))
      return false;
  }
  return true;
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
