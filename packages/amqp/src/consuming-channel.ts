// What a consumer needs of its channel.
import type { ConsumeMessage, Message, Options } from 'amqplib';
import type { Delivery } from './delivery.js';
import type { Link } from './link.js';
import type { Settlements } from './settlements.js';

export type Receive = (message: ConsumeMessage | null) => void;

export interface ConsumingChannel {
  readonly link: Link;
  readonly settlements: Settlements;
  /** Aborted when the application closes the channel, or it is gone: nothing is handed over or waited for any more. */
  readonly closing: AbortSignal;
  /** Closing waits for it: what is rejected already is quarantined and acknowledged. */
  track(work: Promise<void>): void;
  consume(queue: string, receive: Receive, options: Options.Consume): Promise<unknown>;
  cancel(consumerTag: string): Promise<unknown>;
  unregister(consumerTag: string): unknown;
  giveBack(delivery: Delivery): void;
  /** As the broker sent it. */
  received(raw: Message, queue: string): void;
  /** The application has it: listeners of `delivery` may see it. */
  handedOver(message: ConsumeMessage): void;
  /** A callback threw: as amqplib, tells `handler-error` listeners, or closes the channel. */
  handlerFailed(error: unknown): void;
  halted(error: Error): void;
  held(error: unknown, queue: string): void;
  resumed(queue: string): void;
}
