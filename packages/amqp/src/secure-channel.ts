// Channel and ConfirmChannel of amqplib’s promise API, sealed.
import type {
  Channel,
  ConfirmChannel,
  Connection,
  ConsumeMessage,
  GetMessage,
  Message,
  Options,
  Replies,
} from 'amqplib';
import { channelEvents, ChannelCore } from './channel-core.js';
import { ForwardingEmitter } from './forwarding-emitter.js';
import type { Link } from './link.js';
import type { ConfirmCallback } from './confirm-turns.js';

/**
 * The same methods, events and errors as amqplib’s Channel. Messages are sealed and opened; `delivery` and `return` show
 * opened ones. `ack` returns at once and is sent when the audit event is safe. Two events more: `held` (error, queue) and
 * `resumed` (queue), when deliveries wait for something that cannot be relied on.
 */
export class SecureChannel extends ForwardingEmitter implements Channel {
  readonly connection: Connection;
  readonly #inner: Channel;
  readonly #core: ChannelCore;

  constructor(inner: Channel, link: Link, connection: Connection, confirms = false) {
    super(inner, channelEvents);
    this.#inner = inner;
    this.connection = connection;
    const calls = {
      consume: inner.consume.bind(inner),
      cancel: inner.cancel.bind(inner),
      get: inner.get.bind(inner),
    };
    this.#core = new ChannelCore(link, inner, calls, this, confirms);
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
    confirm?: ConfirmCallback,
  ): boolean {
    return this.#core.publish(exchange, routingKey, content, options, confirm);
  }

  sendToQueue(queue: string, content: Buffer, options?: Options.Publish, confirm?: ConfirmCallback): boolean {
    return this.publish('', queue, content, options, confirm);
  }

  async consume(
    queue: string,
    onMessage: (message: ConsumeMessage | null) => void,
    options?: Options.Consume,
  ): Promise<Replies.Consume> {
    const consumer = this.#core.consumer(queue, onMessage, options);
    const answer = this.#inner.consume(queue, consumer.receive, options);
    await this.#core.guarded(
      consumer,
      answer.then(({ consumerTag }) => consumerTag),
    );
    return answer;
  }

  async cancel(consumerTag: string): Promise<Replies.Cancel> {
    return this.#core.unregister(consumerTag) ? { consumerTag } : this.#inner.cancel(consumerTag);
  }

  get(queue: string, options?: Options.Get): Promise<GetMessage | false> {
    return this.#core.get(queue, options);
  }

  ack(message: Message, allUpTo?: boolean): void {
    this.#core.answers.ack(message, allUpTo);
  }

  ackAll(): void {
    this.#core.answers.ackAll();
  }

  nack(message: Message, allUpTo?: boolean, requeue?: boolean): void {
    this.#core.answers.nack(message, allUpTo, requeue);
  }

  nackAll(requeue?: boolean): void {
    this.#core.answers.nackAll(requeue);
  }

  reject(message: Message, requeue?: boolean): void {
    this.#core.answers.reject(message, requeue);
  }

  async recover(): Promise<Replies.Empty> {
    await this.#core.recover();
    return {};
  }

  async close(): Promise<void> {
    await this.#core.beforeClose();
    await this.#inner.close();
  }

  prefetch(count: number, global?: boolean): Promise<Replies.Empty> {
    return this.#inner.prefetch(count, global);
  }

  /** amqplib’s other name for `prefetch`. */
  qos(count: number, global?: boolean): Promise<Replies.Empty> {
    return this.#inner.prefetch(count, global);
  }

  async assertQueue(queue?: string, options?: Options.AssertQueue): Promise<Replies.AssertQueue> {
    const { queues } = this.#core.link;
    queues.declared(queue, options);
    try {
      const ok = await this.#inner.assertQueue(queue, options);
      this.#core.declared(ok.queue, options ?? {});
      return ok;
    } catch (error) {
      queues.forget(queue);
      throw error;
    }
  }

  async checkQueue(queue: string): Promise<Replies.AssertQueue> {
    const ok = await this.#inner.checkQueue(queue);
    this.#core.declared(ok.queue);
    return ok;
  }

  deleteQueue(queue: string, options?: Options.DeleteQueue): Promise<Replies.DeleteQueue> {
    this.#core.link.queues.forget(queue);
    return this.#inner.deleteQueue(queue, options);
  }

  purgeQueue(queue: string): Promise<Replies.PurgeQueue> {
    return this.#inner.purgeQueue(queue);
  }

  bindQueue(queue: string, source: string, pattern: string, args?: unknown): Promise<Replies.Empty> {
    return this.#inner.bindQueue(queue, source, pattern, args);
  }

  unbindQueue(queue: string, source: string, pattern: string, args?: unknown): Promise<Replies.Empty> {
    return this.#inner.unbindQueue(queue, source, pattern, args);
  }

  assertExchange(
    exchange: string,
    type: string,
    options?: Options.AssertExchange,
  ): Promise<Replies.AssertExchange> {
    return this.#inner.assertExchange(exchange, type, options);
  }

  checkExchange(exchange: string): Promise<Replies.Empty> {
    return this.#inner.checkExchange(exchange);
  }

  deleteExchange(exchange: string, options?: Options.DeleteExchange): Promise<Replies.Empty> {
    return this.#inner.deleteExchange(exchange, options);
  }

  bindExchange(destination: string, source: string, pattern: string, args?: unknown): Promise<Replies.Empty> {
    return this.#inner.bindExchange(destination, source, pattern, args);
  }

  unbindExchange(
    destination: string,
    source: string,
    pattern: string,
    args?: unknown,
  ): Promise<Replies.Empty> {
    return this.#inner.unbindExchange(destination, source, pattern, args);
  }
}

/** The same of amqplib’s ConfirmChannel: `confirm` is called exactly once, with null for an ack. */
export class SecureConfirmChannel extends SecureChannel implements ConfirmChannel {
  readonly #confirming: ConfirmChannel;

  constructor(inner: ConfirmChannel, link: Link, connection: Connection) {
    super(inner, link, connection, true);
    this.#confirming = inner;
  }

  async waitForConfirms(): Promise<void> {
    this.flush();
    try {
      await this.#confirming.waitForConfirms();
    } finally {
      this.tellConfirms();
    }
  }
}
