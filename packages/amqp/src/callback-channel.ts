// Channel and ConfirmChannel of amqplib’s callback API, sealed.
import type { ConsumeMessage, GetMessage, Message, Options, Replies } from 'amqplib';
import type { Channel, ConfirmChannel, Connection } from 'amqplib/callback_api';
import { ChannelCore, channelEvents, type InnerCalls } from './channel-core.js';
import { ForwardingEmitter } from './forwarding-emitter.js';
import type { Link } from './link.js';
import type { ConfirmCallback } from './confirm-turns.js';

/** Node’s convention, as amqplib types it. */
type Callback<T> = (error: Error, ok: T) => void;

/** What amqplib gives in place of an error where there is none. */
const noError = null as unknown as Error;

/**
 * The same methods, events and errors as the Channel of amqplib’s callback API; methods that amqplib lets chain give back
 * this channel. For the rest see SecureChannel.
 */
export class SecureCallbackChannel extends ForwardingEmitter implements Channel {
  readonly connection: Connection;
  readonly #inner: Channel;
  readonly #core: ChannelCore;

  constructor(inner: Channel, link: Link, connection: Connection, confirms = false) {
    super(inner, channelEvents);
    this.#inner = inner;
    this.connection = connection;
    this.#core = new ChannelCore(link, inner, callsOf(inner), this, confirms);
  }

  /** Sends what was published in this turn. */
  protected flush(): void {
    this.#core.flush();
  }

  /** Calls the callbacks of all confirms that are here. */
  protected tellConfirms(): void {
    this.#core.tellConfirms();
  }

  /** See Publisher.publish. The callback is for confirm channels. */
  publish(
    exchange: string,
    routingKey: string,
    content: Buffer,
    options?: Options.Publish,
    confirm?: Callback<Replies.Empty>,
  ): boolean {
    return this.#core.publish(exchange, routingKey, content, options, confirm as ConfirmCallback | undefined);
  }

  sendToQueue(
    queue: string,
    content: Buffer,
    options?: Options.Publish,
    confirm?: Callback<Replies.Empty>,
  ): boolean {
    return this.publish('', queue, content, options, confirm);
  }

  consume(
    queue: string,
    onMessage: (message: ConsumeMessage | null) => void,
    options?: Options.Consume,
    callback?: Callback<Replies.Consume>,
  ): this {
    const consumer = this.#core.consumer(queue, onMessage, options);
    const consumed = promised<Replies.Consume>((done) =>
      this.#inner.consume(queue, consumer.receive, options, done),
    );
    const guarded = this.#core.guarded(
      consumer,
      consumed.then(({ consumerTag }) => consumerTag),
    );
    answer(
      guarded.then(() => consumed),
      callback,
    );
    return this;
  }

  cancel(consumerTag: string, callback?: Callback<Replies.Cancel>): this {
    if (this.#core.unregister(consumerTag)) process.nextTick(() => callback?.(noError, { consumerTag }));
    else this.#inner.cancel(consumerTag, callback);
    return this;
  }

  get(queue: string, options?: Options.Get, callback?: Callback<GetMessage | false>): this {
    answer(this.#core.get(queue, options), callback);
    return this;
  }

  ack(message: Message, allUpTo?: boolean): this {
    this.#core.answers.ack(message, allUpTo);
    return this;
  }

  ackAll(): this {
    this.#core.answers.ackAll();
    return this;
  }

  nack(message: Message, allUpTo?: boolean, requeue?: boolean): this {
    this.#core.answers.nack(message, allUpTo, requeue);
    return this;
  }

  nackAll(requeue?: boolean): this {
    this.#core.answers.nackAll(requeue);
    return this;
  }

  reject(message: Message, requeue?: boolean): this {
    this.#core.answers.reject(message, requeue);
    return this;
  }

  recover(callback?: Callback<Replies.Empty>): this {
    answer(
      this.#core.recover().then(() => ({})),
      callback,
    );
    return this;
  }

  close(callback?: (error: Error) => void): void {
    void this.#core.beforeClose().then(() => attempt(() => this.#inner.close(callback), callback));
  }

  prefetch(count: number, global?: boolean, callback?: Callback<Replies.Empty>): this {
    this.#inner.prefetch(count, global, callback);
    return this;
  }

  assertQueue(queue?: string, options?: Options.AssertQueue, callback?: Callback<Replies.AssertQueue>): this {
    const { queues } = this.#core.link;
    queues.declared(queue, options);
    const declared = this.#declaring(callback, options ?? {});
    this.#inner.assertQueue(queue, options, (error, ok) => {
      if (error !== null) queues.forget(queue);
      declared(error, ok);
    });
    return this;
  }

  checkQueue(queue: string, callback?: Callback<Replies.AssertQueue>): this {
    this.#inner.checkQueue(queue, this.#declaring(callback));
    return this;
  }

  deleteQueue(queue: string, options?: Options.DeleteQueue, callback?: Callback<Replies.DeleteQueue>): this {
    this.#core.link.queues.forget(queue);
    this.#inner.deleteQueue(queue, options, callback);
    return this;
  }

  purgeQueue(queue: string, callback?: Callback<Replies.PurgeQueue>): this {
    this.#inner.purgeQueue(queue, callback);
    return this;
  }

  bindQueue(
    queue: string,
    source: string,
    pattern: string,
    args?: unknown,
    callback?: Callback<Replies.Empty>,
  ): this {
    this.#inner.bindQueue(queue, source, pattern, args, callback);
    return this;
  }

  unbindQueue(
    queue: string,
    source: string,
    pattern: string,
    args?: unknown,
    callback?: Callback<Replies.Empty>,
  ): this {
    this.#inner.unbindQueue(queue, source, pattern, args, callback);
    return this;
  }

  assertExchange(
    exchange: string,
    type: string,
    options?: Options.AssertExchange,
    callback?: Callback<Replies.AssertExchange>,
  ): this {
    this.#inner.assertExchange(exchange, type, options, callback);
    return this;
  }

  checkExchange(exchange: string, callback?: Callback<Replies.Empty>): this {
    this.#inner.checkExchange(exchange, callback);
    return this;
  }

  deleteExchange(
    exchange: string,
    options?: Options.DeleteExchange,
    callback?: Callback<Replies.Empty>,
  ): this {
    this.#inner.deleteExchange(exchange, options, callback);
    return this;
  }

  bindExchange(
    destination: string,
    source: string,
    pattern: string,
    args?: unknown,
    callback?: Callback<Replies.Empty>,
  ): this {
    this.#inner.bindExchange(destination, source, pattern, args, callback);
    return this;
  }

  unbindExchange(
    destination: string,
    source: string,
    pattern: string,
    args?: unknown,
    callback?: Callback<Replies.Empty>,
  ): this {
    this.#inner.unbindExchange(destination, source, pattern, args, callback);
    return this;
  }

  #declaring(
    callback?: Callback<Replies.AssertQueue>,
    options?: Options.AssertQueue,
  ): Callback<Replies.AssertQueue> {
    return (error, ok) => {
      if (error === null) this.#core.declared(ok.queue, options);
      callback?.(error, ok);
    };
  }
}

/** The same of the callback API’s ConfirmChannel. */
export class SecureCallbackConfirmChannel extends SecureCallbackChannel implements ConfirmChannel {
  readonly #confirming: ConfirmChannel;

  constructor(inner: ConfirmChannel, link: Link, connection: Connection) {
    super(inner, link, connection, true);
    this.#confirming = inner;
  }

  waitForConfirms(callback: (error?: Error) => void): void {
    this.flush();
    this.#confirming.waitForConfirms((error) => {
      this.tellConfirms();
      callback(error);
    });
  }
}

function callsOf(inner: Channel): InnerCalls {
  return {
    consume: (queue, receive, options) => promised((done) => inner.consume(queue, receive, options, done)),
    cancel: (consumerTag) => promised((done) => inner.cancel(consumerTag, done)),
    get: (queue, options) => promised((done) => inner.get(queue, options, done)),
  };
}

function promised<T>(call: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, ok) => {
      if (error === null || error === undefined) resolve(ok);
      else reject(error);
    });
  });
}

/** Calls back outside the promise, so that what the callback throws is an uncaught exception, as with amqplib. */
function answer<T>(result: Promise<T>, callback: Callback<T> | undefined): void {
  result.then(
    (ok) => process.nextTick(() => callback?.(noError, ok)),
    (error: unknown) => process.nextTick(() => callback?.(error as Error, undefined as T)),
  );
}

/** What amqplib would have thrown from the method itself goes to the callback, because it comes later. */
function attempt(call: () => void, callback: ((error: Error, ok: never) => void) | undefined): void {
  try {
    call();
  } catch (error) {
    process.nextTick(() => callback?.(error as Error, undefined as never));
  }
}
