// Who is shown events as they happen.
import type { AuditEvent, AuditObserver, Transport } from '@sealwire/core';

/** Never throws. */
export class Audience {
  readonly #observers: readonly AuditObserver[];
  readonly #transport: Transport;

  constructor(observers: readonly AuditObserver[], transport: Transport) {
    this.#observers = observers;
    this.#transport = transport;
  }

  /** Then events need not be made for it. */
  get isEmpty(): boolean {
    return this.#observers.length === 0;
  }

  show(events: readonly AuditEvent[]): void {
    for (const observer of this.#observers)
      try {
        observer.observe(events, this.#transport);
      } catch {
        // It is written: whoever counts wrongly must not have it written again.
      }
  }
}
