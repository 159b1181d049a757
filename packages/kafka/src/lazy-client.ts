// A client of our own that connects when it is first needed and goes when nobody needs it.

interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** How long a connection that is not kept waits for the next use, in ms: logging in to a broker takes longer. */
const lingerMs = 200;

/** Wraps an inner producer or admin. */
export class LazyClient<Client extends Connectable> {
  readonly #client: Client;
  readonly #keep: () => boolean;
  #connected: Promise<void> | null = null;
  #closed: Promise<void> = Promise.resolve();
  #users = 0;
  #linger: NodeJS.Timeout | undefined;

  /** @param keep whether the connection stays open between uses */
  constructor(client: Client, keep: () => boolean) {
    this.#client = client;
    this.#keep = keep;
  }

  /** Connects if need be and runs `action`. Rejections are those of connect or action. */
  async use<Result>(action: (client: Client) => Promise<Result>): Promise<Result> {
    this.#users++;
    clearTimeout(this.#linger);
    try {
      await this.#connect();
      return await action(this.#client);
    } finally {
      this.#users--;
      if (this.#users === 0 && !this.#keep()) this.#linger = setTimeout(() => void this.release(), lingerMs);
    }
  }

  /** Disconnects at once unless it is in use or kept. Resolves when that is done; never rejects. */
  release(): Promise<void> {
    if (this.#users === 0) clearTimeout(this.#linger);
    if (this.#users === 0 && this.#connected !== null && !this.#keep()) {
      const connected = this.#connected;
      this.#connected = null;
      this.#closed = connected.then(() => this.#client.disconnect()).catch(() => undefined);
    }
    return this.#closed;
  }

  /** kafkajs must not be connecting and disconnecting at once: each waits for the other. */
  #connect(): Promise<void> {
    if (this.#connected === null) {
      const connected = this.#closed.then(() => this.#client.connect());
      this.#connected = connected;
      connected.catch(() => {
        if (this.#connected === connected) this.#connected = null;
      });
    }
    return this.#connected;
  }
}
