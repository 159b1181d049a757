// Knows which of a SecureKafka’s producers and consumers are connected, so that what they share can go with the last.

/** The connected clients of one SecureKafka. */
export class LiveClients {
  readonly #live = new Set<object>();
  readonly #onLast: () => Promise<unknown>;
  #leaving: Promise<unknown> = Promise.resolve();

  /** @param onLast called when the last client has gone; it must not reject */
  constructor(onLast: () => Promise<unknown>) {
    this.#onLast = onLast;
  }

  get any(): boolean {
    return this.#live.size > 0;
  }

  add(client: object): void {
    this.#live.add(client);
  }

  remove(client: object): void {
    if (this.#live.delete(client) && this.#live.size === 0) this.#leaving = this.#onLast();
  }

  /** Resolves when what the last client left behind is gone too. */
  async left(): Promise<void> {
    await this.#leaving;
  }
}
