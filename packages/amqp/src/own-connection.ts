// Sealwire’s own connection beside the application’s: for audit and quarantine, opened when needed, opened again when lost.
import type { ChannelModel, ConfirmChannel } from 'amqplib';

/** How long it stays open without work once the application has closed its own, in ms. */
const lingerMs = 200;

/**
 * Own, so that the trail can still be written when the application’s connection is closed, and so that a channel error
 * there never takes messages of the application with it.
 */
export class OwnConnection {
  readonly #open: () => Promise<ChannelModel>;
  #model: Promise<ChannelModel> | null = null;
  #working = 0;
  #released = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(open: () => Promise<ChannelModel>) {
    this.#open = open;
  }

  /** A new confirm channel. @throws SealwireError where there is no connection */
  async channel(): Promise<ConfirmChannel> {
    if (this.#model === null) {
      const opening = this.#open();
      this.#model = opening;
      const forget = (): void => {
        if (this.#model === opening) this.#model = null;
      };
      opening.then((model) => void model.on('close', forget), forget);
    }
    const model = await this.#model;
    const channel = await model.createConfirmChannel();
    channel.on('error', () => undefined); // shows as failed writes
    return channel;
  }

  /** Keeps the connection open while `work` lasts. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await work();
    } finally {
      this.#working--;
      this.#closeWhenIdle();
    }
  }

  /** The application has closed its connection: from now on this one closes when it has nothing to do. */
  release(): void {
    this.#released = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#released || this.#working > 0) return;
    this.#timer = setTimeout(() => {
      // Work that began meanwhile ends it again.
      if (this.#working > 0) return;
      const model = this.#model;
      this.#model = null;
      model?.then((open) => open.close()).catch(() => undefined);
    }, lingerMs);
  }
}
