// What an application says of its messages, in terms of single deliveries: `allUpTo` and the `All` calls never reach what it has not seen.
import type { ClaimGuard } from '@sealwire/core';
import type { Message } from 'amqplib';
import type { Delivery } from './delivery.js';
import type { Settlements, SettlingChannel } from './settlements.js';

/** What is needed of amqplib’s channels, of either API. */
export interface AnsweringChannel extends SettlingChannel {
  nack(message: Message, allUpTo?: boolean, requeue?: boolean): unknown;
  reject(message: Message, requeue?: boolean): unknown;
}

/** Something that goes back to the broker. */
interface Return {
  readonly delivery: Delivery;
  readonly send: () => void;
}

/**
 * Acknowledgements wait for their audit events; what is given back goes back as soon as its claim is
 * released, so that whoever gets it next can have it. Messages that are unknown here
 * (settled already, or of another channel) are passed on: the broker answers 406 and closes the channel, as with amqplib.
 */
export class Acknowledging {
  readonly #inner: AnsweringChannel;
  readonly #settlements: Settlements;
  readonly #claims: ClaimGuard | null;
  #returns: Return[] = [];
  #returning: Promise<void> | null = null;

  constructor(inner: AnsweringChannel, settlements: Settlements, claims: ClaimGuard | null = null) {
    this.#inner = inner;
    this.#settlements = settlements;
    this.#claims = claims;
  }

  ack(message: Message, allUpTo?: boolean): void {
    const { deliveryTag } = message.fields;
    if (allUpTo === true && this.#ackEach(this.#settlements.delivered(deliveryTag))) return;
    const delivery = this.#settlements.find(deliveryTag);
    if (delivery?.state === 'delivered') this.#settlements.settle(delivery);
    else if (delivery?.state !== 'held') this.#settlements.passOn(message);
  }

  ackAll(): void {
    this.#ackEach(this.#settlements.delivered());
  }

  nack(message: Message, allUpTo?: boolean, requeue?: boolean): void {
    const { deliveryTag } = message.fields;
    if (allUpTo === true && this.#nackEach(this.#settlements.delivered(deliveryTag), requeue)) return;
    const delivery = this.#settlements.find(deliveryTag);
    if (delivery?.state === 'delivered') this.#nackEach([delivery], requeue);
    else if (delivery === undefined) this.#inner.nack(message, false, requeue);
  }

  nackAll(requeue?: boolean): void {
    this.#nackEach(this.#settlements.delivered(), requeue);
  }

  reject(message: Message, requeue?: boolean): void {
    const delivery = this.#settlements.find(message.fields.deliveryTag);
    if (delivery === undefined) this.#inner.reject(message, requeue);
    else if (delivery.state === 'delivered' && this.#settlements.take(delivery))
      this.#return({ delivery, send: () => this.#inner.reject(delivery.raw, requeue) });
  }

  /** Returns to the queue what the application has not got. */
  giveBack(delivery: Delivery): void {
    try {
      if (this.#settlements.take(delivery))
        this.#return({ delivery, send: () => this.#inner.nack(delivery.raw, false, true) });
    } catch {
      // The channel closed in between: the broker has it back.
    }
  }

  /**
   * Gives back everything that the broker waits for, and is settled when that is sent and the application has none of it.
   * Not by basic.recover: the broker would take back what is on its way here too, under tags that nothing here could tell
   * from those that come after it.
   */
  async recover(): Promise<void> {
    for (const delivery of this.#settlements.open()) this.giveBack(delivery);
    await this.#returning;
    for (const delivery of this.#settlements.delivered()) this.giveBack(delivery);
  }

  /** Settles when what was given back so far is sent. */
  async returned(): Promise<void> {
    await this.#returning;
  }

  /** In the order asked for: behind one that waits for its claim, all wait. */
  #return(one: Return): void {
    if (this.#returning === null && one.delivery.claim === null) {
      this.#settlements.give(one.delivery, one.send);
      return;
    }
    this.#returns.push(one);
    this.#returning ??= this.#sendReturns().finally(() => (this.#returning = null));
  }

  async #sendReturns(): Promise<void> {
    await Promise.resolve(); // one release for all of this tick
    while (this.#returns.length > 0) {
      const batch = this.#returns;
      this.#returns = [];
      await this.#claims?.release(batch.flatMap(({ delivery }) => delivery.claim ?? []));
      try {
        for (const { delivery, send } of batch) this.#settlements.give(delivery, send);
      } catch {
        // The channel closed in between: the broker has it back.
      }
    }
  }

  /** @returns whether there were any */
  #ackEach(deliveries: readonly Delivery[]): boolean {
    for (const delivery of deliveries) this.#settlements.settle(delivery);
    return deliveries.length > 0;
  }

  #nackEach(deliveries: readonly Delivery[], requeue: boolean | undefined): boolean {
    for (const delivery of deliveries)
      if (this.#settlements.take(delivery))
        this.#return({ delivery, send: () => this.#inner.nack(delivery.raw, false, requeue) });
    return deliveries.length > 0;
  }
}
