// RecoveringChannelModel of amqplib’s promise API, handing out sealed models and channels only.
import type { Channel, ChannelModel, ChannelOptions, ConfirmChannel, RecoveringChannelModel } from 'amqplib';
import { closeDrained } from './drain-link.js';
import { ForwardingEmitter } from './forwarding-emitter.js';
import type { Link } from './link.js';
import { recoveringEvents } from './model-events.js';
import type { AdmittedModels } from './admitted-models.js';
import { SecureChannel, SecureConfirmChannel } from './secure-channel.js';
import type { SecureChannelModel } from './secure-channel-model.js';

/** As amqplib’s: channels are not recovered, the connection is, always with the policy’s options. */
export class SecureRecoveringModel extends ForwardingEmitter implements RecoveringChannelModel {
  readonly #inner: RecoveringChannelModel;
  readonly #link: Link;
  readonly #models: AdmittedModels<ChannelModel, SecureChannelModel>;

  constructor(
    inner: RecoveringChannelModel,
    link: Link,
    models: AdmittedModels<ChannelModel, SecureChannelModel>,
  ) {
    super(inner, recoveringEvents);
    this.#inner = inner;
    this.#link = link;
    this.#models = models;
    inner.on('connect', (model) => this.emit('connect', models.of(model)));
    inner.on('connect-failed', (error) => this.emit('connect-failed', models.failure(error)));
    inner.on('reconnect-failed', (error) => {
      link.release();
      this.emit('reconnect-failed', models.failure(error));
    });
  }

  async waitForConnect(): Promise<this> {
    try {
      await this.#inner.waitForConnect();
    } catch (error) {
      throw this.#models.failure(error);
    }
    return this;
  }

  async createChannel(options?: ChannelOptions): Promise<Channel> {
    const channel = await this.#inner.createChannel(options);
    return new SecureChannel(channel, this.#link, this.#models.view());
  }

  async createConfirmChannel(options?: ChannelOptions): Promise<ConfirmChannel> {
    const channel = await this.#inner.createConfirmChannel(options);
    return new SecureConfirmChannel(channel, this.#link, this.#models.view());
  }

  /** Sends the acknowledgements whose audit is safe, then closes for good. */
  async close(): Promise<void> {
    await closeDrained(this.#link, () => this.#inner.close());
    this.#link.release();
  }

  updateSecret(newSecret: Buffer, reason: string): Promise<void> {
    return this.#inner.updateSecret(newSecret, reason);
  }
}
