// What the application has declared its queues to be, and which of them would lose messages.
import { UsageError } from '@sealwire/core';
import type { Options } from 'amqplib';
import { queueLimit } from './delivery-limit.js';

/** Shared by all channels of one secureConnect call: many applications declare on one and consume on another. */
export class DeclaredQueues {
  readonly #declared = new Map<string, Options.AssertQueue>();

  /** Told when the application asks, for it may consume right behind that, and again when the broker has named the queue. */
  declared(queue: string | undefined, options: Options.AssertQueue | undefined): void {
    if (queue) this.#declared.set(queue, options ?? {});
  }

  /** Deleted, or refused by the broker: nothing is known of it any more. */
  forget(queue: string | undefined): void {
    if (queue) this.#declared.delete(queue);
  }

  /**
   * Whether the broker would drop a message that is given back to the queue too often.
   * @param version the broker's
   * @throws UsageError ERR_USAGE_QUEUE where it certainly would
   */
  check(queue: string, version: string | null): 'safe' | 'unknown' {
    const options = this.#declared.get(queue);
    const limit = options === undefined ? null : queueLimit(options, version);
    if (limit === null) return 'unknown';
    if (limit.returns === null || limit.deadLetterExchange !== null) return 'safe';
    throw new UsageError(
      'ERR_USAGE_QUEUE',
      `The quorum queue ${queue} has a delivery limit and no dead-letter target: RabbitMQ drops what is given back more than ${limit.returns} times, and it is lost. Declare it with deadLetterExchange, and a queue of the same channel bound to that; or without a limit (x-delivery-limit: -1 since RabbitMQ 4, no such argument before). Where a policy of the broker’s sees to it, which a client cannot see, use checkQueue in place of assertQueue.`,
      { queue, returns: limit.returns },
    );
  }
}
