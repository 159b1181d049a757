// The connections of amqplib’s callback API, handing out sealed channels only.
import type { ChannelOptions } from 'amqplib';
import type { Channel, ConfirmChannel, Connection, RecoveringConnection } from 'amqplib/callback_api';
import type { AdmittedModels } from './admitted-models.js';
import { SecureCallbackChannel, SecureCallbackConfirmChannel } from './callback-channel.js';
import { closeDrained } from './drain-link.js';
import { ForwardingEmitter } from './forwarding-emitter.js';
import type { Link } from './link.js';
import { modelEvents, passErrorsIfHeard, recoveringEvents, serverView } from './model-events.js';

type ChannelCallback<T> = (error: Error, channel: T) => void;

/** As amqplib’s: channels are given back at once and again with the callback, the same object. */
export class SecureCallbackModel extends ForwardingEmitter implements Connection {
  readonly connection: Connection['connection'];
  readonly #inner: Connection;
  readonly #link: Link;

  constructor(inner: Connection, link: Link, recovers: boolean) {
    super(inner, modelEvents);
    passErrorsIfHeard(inner, this, recovers);
    this.#inner = inner;
    this.#link = link;
    this.connection = serverView(inner.connection);
    if (!recovers) inner.on('close', () => link.release());
  }

  createChannel(callback?: ChannelCallback<Channel>): Channel;
  createChannel(options: ChannelOptions | undefined, callback?: ChannelCallback<Channel>): Channel;
  createChannel(
    first?: ChannelOptions | ChannelCallback<Channel>,
    second?: ChannelCallback<Channel>,
  ): Channel {
    const [options, callback] = typeof first === 'function' ? [undefined, first] : [first, second];
    const inner = this.#inner.createChannel(options as ChannelOptions, (error) => {
      // An error comes before amqplib gives back the channel where there are no channels left.
      if (error === null) callback?.(error, channel);
      else callback?.(error, undefined as unknown as Channel);
    });
    const channel = new SecureCallbackChannel(inner, this.#link, this);
    return channel;
  }

  createConfirmChannel(callback?: ChannelCallback<ConfirmChannel>): ConfirmChannel;
  createConfirmChannel(
    options: ChannelOptions | undefined,
    callback?: ChannelCallback<ConfirmChannel>,
  ): ConfirmChannel;
  createConfirmChannel(
    first?: ChannelOptions | ChannelCallback<ConfirmChannel>,
    second?: ChannelCallback<ConfirmChannel>,
  ): ConfirmChannel {
    const [options, callback] = typeof first === 'function' ? [undefined, first] : [first, second];
    const inner = this.#inner.createConfirmChannel(options as ChannelOptions, (error) => {
      if (error === null) callback?.(error, channel);
      else callback?.(error, undefined as unknown as ConfirmChannel);
    });
    const channel = new SecureCallbackConfirmChannel(inner, this.#link, this);
    return channel;
  }

  /** Sends the acknowledgements whose audit is safe, then closes. */
  close(callback?: (error: Error) => void): void {
    void closed(this.#link, (done) => this.#inner.close(done), callback);
  }

  updateSecret(newSecret: Buffer, reason: string, callback?: (error: Error) => void): void {
    this.#inner.updateSecret(newSecret, reason, callback);
  }
}

/** As amqplib’s: its create methods give channels to callbacks only. */
export class SecureCallbackRecoveringModel extends ForwardingEmitter {
  readonly #inner: RecoveringConnection;
  readonly #link: Link;
  readonly #models: AdmittedModels<Connection, SecureCallbackModel>;

  constructor(
    inner: RecoveringConnection,
    link: Link,
    models: AdmittedModels<Connection, SecureCallbackModel>,
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

  waitForConnect(callback?: (error: Error, connection: RecoveringConnection) => void): this {
    this.#inner.waitForConnect((error) => {
      if (error === null) callback?.(error, this as unknown as RecoveringConnection);
      else callback?.(this.#models.failure(error), undefined as unknown as RecoveringConnection);
    });
    return this;
  }

  createChannel(first?: ChannelOptions | ChannelCallback<Channel>, second?: ChannelCallback<Channel>): this {
    const [options, callback] = typeof first === 'function' ? [undefined, first] : [first, second];
    this.#inner.createChannel(options as ChannelOptions, (error, inner) => {
      if (error === null) callback?.(error, this.#wrap(inner));
      else callback?.(error, inner);
    });
    return this;
  }

  createConfirmChannel(
    first?: ChannelOptions | ChannelCallback<ConfirmChannel>,
    second?: ChannelCallback<ConfirmChannel>,
  ): this {
    const [options, callback] = typeof first === 'function' ? [undefined, first] : [first, second];
    this.#inner.createConfirmChannel(options as ChannelOptions, (error, inner) => {
      if (error === null)
        callback?.(error, new SecureCallbackConfirmChannel(inner, this.#link, this.#connection()));
      else callback?.(error, inner);
    });
    return this;
  }

  close(callback?: (error: Error) => void): this {
    const link = this.#link;
    void closed(link, (done) => this.#inner.close(done), callback).finally(() => link.release());
    return this;
  }

  updateSecret(newSecret: Buffer, reason: string, callback?: (error: Error) => void): this {
    this.#inner.updateSecret(newSecret, reason, callback);
    return this;
  }

  #wrap(inner: Channel): Channel {
    return new SecureCallbackChannel(inner, this.#link, this.#connection());
  }

  /** A channel here belongs to a connection that may change: only the server’s properties are shown. */
  #connection(): Connection {
    return this.#models.view() as unknown as Connection;
  }
}

/** As amqplib: `null` or the error goes to the callback, outside any promise. */
function closed(
  link: Link,
  close: (done: (error: Error | null | undefined) => void) => void,
  callback: ((error: Error) => void) | undefined,
): Promise<void> {
  const inner = (): Promise<void> =>
    new Promise((resolve, reject) => {
      close((error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  const tell = (error: unknown): void => {
    process.nextTick(() => callback?.(error as Error));
  };
  return closeDrained(link, inner).then(() => tell(null), tell);
}
