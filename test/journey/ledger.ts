// What was sent and what was taken, message by message.

/** Sends one message after another, and notes each that was acknowledged, until it is stopped. */
export class Feed {
  readonly #name: string;
  readonly #send: (id: string) => Promise<unknown>;
  readonly sent: string[] = [];
  #running = true;
  readonly #ended: Promise<void>;

  constructor(name: string, send: (id: string) => Promise<unknown>) {
    this.#name = name;
    this.#send = send;
    this.#ended = this.#run();
  }

  async #run(): Promise<void> {
    for (let i = 0; this.#running; i++) {
      const id = `${this.#name}-${i}`;
      await this.#send(id);
      this.sent.push(id);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Resolves when the last one was acknowledged. @throws what a send threw */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#ended;
  }
}

/** Waits until so many more of a kind are taken. */
export async function more(taken: readonly string[], kind: string, count = 3): Promise<void> {
  const wanted = count + taken.filter((id) => id.startsWith(kind)).length;
  await until(() => taken.filter((id) => id.startsWith(kind)).length >= wanted, `${count} more of ${kind}`);
}

/** Waits until all of these are taken. */
export const all = (taken: readonly string[], sent: readonly string[]): Promise<void> =>
  until(() => sent.every((id) => taken.includes(id)), `all of ${sent.length} messages`);

/** @throws Error after five minutes: what is waited for does not come any more */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 300_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
