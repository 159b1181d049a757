// What an application says of its messages, in terms of single deliveries: `allUpTo` and the `All` calls never reach what it has not seen.
import type { Message } from 'amqplib';
import type { Delivery } from './delivery.js';
import type { Settlements, SettlingChannel } from './settlements.js';

/** What is needed of amqplib’s channels, of either API. */
export interface AnsweringChannel extends SettlingChannel {
  nack(message: Message, allUpTo?: boolean, requeue?: boolean): unknown;
  reject(message: Message, requeue?: boolean): unknown;
}

/**
 * Acknowledgements wait for their audit events; what is given back goes back at once. Messages that are unknown here
 * (settled already, or of another channel) are passed on: the broker answers 406 and closes the channel, as with amqplib.
 */
export class Acknowledging {
  readonly #inner: AnsweringChannel;
  readonly #settlements: Settlements;

  constructor(inner: AnsweringChannel, settlements: Settlements) {
    this.#inner = inner;
    this.#settlements = settlements;
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
      this.#inner.reject(delivery.raw, requeue);
  }

  /** Returns to the queue what the application has not got. */
  giveBack(delivery: Delivery): void {
    try {
      if (this.#settlements.take(delivery)) this.#inner.nack(delivery.raw, false, true);
    } catch {
      // The channel closed in between: the broker has it back.
    }
  }

  /** @returns whether there were any */
  #ackEach(deliveries: readonly Delivery[]): boolean {
    for (const delivery of deliveries) this.#settlements.settle(delivery);
    return deliveries.length > 0;
  }

  #nackEach(deliveries: readonly Delivery[], requeue: boolean | undefined): boolean {
    for (const delivery of deliveries)
      if (this.#settlements.take(delivery)) this.#inner.nack(delivery.raw, false, requeue);
    return deliveries.length > 0;
  }
}
