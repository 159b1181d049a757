// ChannelModel of amqplib’s promise API, handing out sealed channels only.
import type { Channel, ChannelModel, ChannelOptions, ConfirmChannel, Connection } from 'amqplib';
import { closeDrained } from './drain-link.js';
import { ForwardingEmitter } from './forwarding-emitter.js';
import type { Link } from './link.js';
import { modelEvents, passErrorsIfHeard, serverView } from './model-events.js';
import { SecureChannel, SecureConfirmChannel } from './secure-channel.js';

/**
 * The same methods and events as amqplib’s ChannelModel. `connection` shows the server’s properties and nothing else: the
 * raw connection would be a way around the seal.
 */
export class SecureChannelModel extends ForwardingEmitter implements ChannelModel {
  readonly connection: Connection;
  readonly #inner: ChannelModel;
  readonly #link: Link;

  /** @param recovers the model belongs to one that recovers: then errors need no listener here */
  constructor(inner: ChannelModel, link: Link, recovers: boolean) {
    super(inner, modelEvents);
    passErrorsIfHeard(inner, this, recovers);
    this.#inner = inner;
    this.#link = link;
    this.connection = serverView(inner.connection);
    if (!recovers) inner.on('close', () => link.release());
  }

  async createChannel(options?: ChannelOptions): Promise<Channel> {
    return new SecureChannel(await this.#inner.createChannel(options), this.#link, this.connection);
  }

  async createConfirmChannel(options?: ChannelOptions): Promise<ConfirmChannel> {
    return new SecureConfirmChannel(
      await this.#inner.createConfirmChannel(options),
      this.#link,
      this.connection,
    );
  }

  /** Sends the acknowledgements whose audit is safe, then closes. */
  async close(): Promise<void> {
    await closeDrained(this.#link, () => this.#inner.close());
  }

  async updateSecret(newSecret: Buffer, reason: string): Promise<void> {
    await this.#inner.updateSecret(newSecret, reason);
  }
}
