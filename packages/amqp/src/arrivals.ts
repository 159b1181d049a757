// What has come for a consumer and was not looked into yet, in order.
import type { AsyncResource } from 'node:async_hooks';
import type { Delivery } from './delivery.js';

/** A delivery, or the broker’s notice that the consumer was cancelled, and the asynchronous context that it came in. */
export interface Arrival {
  readonly delivery: Delivery | null;
  readonly context: AsyncResource;
}

/** One call of the journey takes at most so many, so that the event loop is not held for long. */
export const maxBatch = 256;

export class Arrivals {
  #arrivals: Arrival[] = [];

  get length(): number {
    return this.#arrivals.length;
  }

  add(arrival: Arrival): void {
    this.#arrivals.push(arrival);
  }

  /** The next are deliveries, or one notice alone. */
  next(): readonly Arrival[] {
    const notice = this.#arrivals.findIndex(({ delivery }) => delivery === null);
    const size = notice < 0 ? this.#arrivals.length : Math.max(1, notice);
    return this.#arrivals.splice(0, Math.min(maxBatch, size));
  }

  /** Takes out the deliveries; notices stay. */
  deliveries(): readonly Delivery[] {
    const deliveries = this.#arrivals.flatMap(({ delivery }) => delivery ?? []);
    this.#arrivals = this.#arrivals.filter(({ delivery }) => delivery === null);
    return deliveries;
  }

  clear(): void {
    this.#arrivals = [];
  }
}
