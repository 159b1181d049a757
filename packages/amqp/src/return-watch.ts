// Tells that the broker may soon drop a message, where nothing is known of its queue.
import type { EventEmitter } from 'node:events';
import type { Message } from 'amqplib';
import { defaultReturns } from './delivery-limit.js';

/** So many returns are left at most, if the queue has the default limit. */
const before = 5;
/** Once in this time for a queue, in ms: a message that crashes its consumers would tell of itself all the time. */
const quietMs = 60_000;

/**
 * Of one channel: looks at how often the broker says that it had a message back. On a classic queue whoever publishes can
 * write that header: it decides about a warning, and about nothing else.
 */
export class ReturnWatch {
  readonly #outside: EventEmitter;
  readonly #watched = new Set<string>();
  readonly #toldAtMs = new Map<string, number>();

  /** @param outside whose listeners of `often-returned` are told; without any, a process warning says it */
  constructor(outside: EventEmitter) {
    this.#outside = outside;
  }

  /** From now on, or not any more where it has become known what the queue does. */
  watch(queue: string, isUnknown: boolean): void {
    if (isUnknown) this.#watched.add(queue);
    else this.#watched.delete(queue);
  }

  see({ properties }: Message, queue: string): void {
    const { 'x-delivery-count': count } = (properties.headers ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof count !== 'number' || count < defaultReturns - before || !this.#watched.has(queue)) return;
    const nowMs = Date.now();
    if (nowMs - (this.#toldAtMs.get(queue) ?? -Infinity) < quietMs) return;
    this.#toldAtMs.set(queue, nowMs);
    if (this.#outside.listenerCount('often-returned') > 0) this.#outside.emit('often-returned', queue, count);
    else
      process.emitWarning(
        `A message was given back to the quorum queue ${queue} ${count} times. RabbitMQ takes it out after ${defaultReturns} by default, and where the queue has no dead-letter exchange it is lost.`,
        'SealwireWarning',
      );
  }
}
