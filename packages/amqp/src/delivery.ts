// One delivery of the broker’s on its way to the application and back.
import type { AsyncResource } from 'node:async_hooks';
import type { HeldClaim, Judged } from '@sealwire/core';
import type { Message } from 'amqplib';

/** `held`: not judged or not handed over yet. `delivered`: the application has it. `settling`: its end waits for the audit. */
export type DeliveryState = 'held' | 'delivered' | 'settling';

export interface Delivery {
  /** The object that amqplib made: instrumentation knows deliveries by it. */
  readonly raw: Message;
  readonly tag: number;
  /** The broker expects no acknowledgement. */
  readonly noAck: boolean;
  /** The asynchronous context that it came in: instrumentation makes one per delivery. */
  readonly context: AsyncResource | null;
  state: DeliveryState;
  outcome: Judged | null;
  /** While this delivery, and no other of the same message, may be handled. */
  claim: HeldClaim | null;
}
