// What the channels of both amqplib APIs have in common: publishing, consuming, acknowledging.
import type { EventEmitter } from 'node:events';
import { UsageError } from '@sealwire/core';
import amqplib, { type ConsumeMessage, type GetMessage, type Message, type Options } from 'amqplib';
import { Acknowledging, type AnsweringChannel } from './acknowledging.js';
import { Consumer } from './consumer.js';
import type { ConsumingChannel } from './consuming-channel.js';
import type { Delivery } from './delivery.js';
import { flushFirst } from './flush-first.js';
import type { DrainingChannel, Link } from './link.js';
import type { ConfirmCallback } from './confirm-turns.js';
import { Publisher, type PublishingChannel } from './publisher.js';
import { Settlements } from './settlements.js';
import { ReturnWatch } from './return-watch.js';
import { singleGet, type GettingChannel } from './single-get.js';
import { within } from './within.js';

/** An amqplib channel of either API, as far as they are the same. */
export type InnerChannel = EventEmitter & AnsweringChannel & PublishingChannel;

/** Passed on as they are; `return` and `delivery` show opened messages instead. */
export const channelEvents = ['close', 'error', 'drain', 'ack', 'nack', 'cancel'] as const;

/** Where the two APIs differ. Each calls amqplib at once, so that requests keep their order. */
export interface InnerCalls {
  consume(
    queue: string,
    receive: (message: ConsumeMessage | null) => void,
    options: Options.Consume,
  ): Promise<unknown>;
  cancel(consumerTag: string): Promise<unknown>;
  get(queue: string, options: Options.Get | undefined): Promise<GetMessage | false>;
}

/** The wrapper whose listeners the events are for. */
export type Outside = EventEmitter;

/** How long closing waits for acknowledgements whose audit is under way, in ms. */
const drainMs = 5_000;

const internalError = 541;

export class ChannelCore implements ConsumingChannel, GettingChannel, DrainingChannel {
  readonly link: Link;
  readonly settlements: Settlements;
  readonly closing: AbortSignal;
  readonly #inner: InnerChannel;
  readonly #answers: Acknowledging;
  readonly #calls: InnerCalls;
  readonly #outside: Outside;
  readonly #publisher: Publisher;
  readonly #watch: ReturnWatch;
  readonly #end = new AbortController();
  readonly #consumers = new Map<string, Consumer>();
  readonly #pumps = new Set<Promise<void>>();
  /** Why calls are refused. */
  #closed: 'Channel closing' | 'Channel closed' | null = null;
  /** The queue that an empty name means. */
  #lastQueue = '';

  constructor(link: Link, inner: InnerChannel, calls: InnerCalls, outside: Outside, confirms: boolean) {
    this.link = link;
    this.closing = this.#end.signal;
    this.#inner = inner;
    this.#calls = calls;
    this.#outside = outside;
    this.#watch = new ReturnWatch(outside);
    this.#publisher = new Publisher(link, inner, confirms, (error) => {
      // The application was told that it is on its way: this must not go unnoticed.
      if (outside.listenerCount('error') > 0) outside.emit('error', error);
      else if (error instanceof Error)
        process.emitWarning(`A message could not be sent: ${error.message}`, 'SealwireWarning');
    });
    flushFirst(inner, () => this.#publisher.flush());
    inner.on('drain', () => this.#publisher.drained());
    this.settlements = new Settlements(inner, {
      inlet: link.inlet,
      rejectedOutcome: link.verdicts.outcome,
      claims: link.claims,
      times: link.times,
      held: (error) => this.held(error, ''),
      resumed: () => this.resumed(''),
    });
    this.#answers = new Acknowledging(inner, this.settlements, link.claims);
    link.channels.add(this);
    inner.on('close', () => {
      this.#publisher.tellConfirms();
      link.channels.delete(this);
      this.settlements.end();
      this.#refuse('Channel closed');
    });
    inner.on('return', (message: Message) => {
      if (outside.listenerCount('return') > 0) outside.emit('return', this.#publisher.restore(message));
    });
  }

  /** See Publisher. @throws IllegalOperationError once closing */
  publish(
    exchange: string,
    routingKey: string,
    content: Uint8Array,
    options: Options.Publish | undefined,
    confirm?: ConfirmCallback,
  ): boolean {
    this.#checkOpen();
    return this.#publisher.publish(exchange, routingKey, content, options, confirm);
  }

  /** A queue was declared: an empty queue name means it from now on. `options` where the broker has compared them. */
  declared(queue: string, options?: Options.AssertQueue): void {
    this.#lastQueue = queue;
    if (options !== undefined) this.link.queues.declared(queue, options);
  }

  /**
   * A consumer to give to amqplib; `started` and `register` follow its answer.
   * @throws UsageError ERR_USAGE_CHANNEL where the policy does not map the queue, ERR_USAGE_QUEUE where it would lose messages
   */
  consumer(
    queue: string,
    callback: (message: ConsumeMessage | null) => void,
    options: Options.Consume | undefined,
  ): Consumer {
    this.#checkOpen();
    const name = this.#mapped(queue);
    this.#checkLimit(name, options?.noAck);
    this.#warm();
    return new Consumer(this, name, callback, options ?? {});
  }

  register(consumerTag: string, consumer: Consumer): void {
    consumer.started(consumerTag);
    this.#consumers.set(consumerTag, consumer);
  }

  /**
   * Settles when what this consumer gets can be told from replays; waits for that, then registers.
   * @throws UsageError ERR_USAGE_REPLAY where it never can: the consumer is cancelled, and nothing was handed over
   */
  async guarded(consumer: Consumer, consumerTag: Promise<string>): Promise<void> {
    const ready = this.link.claims?.ready().catch((error: unknown) => error) ?? Promise.resolve(null);
    this.register(await consumerTag, consumer);
    const problem = await ready;
    // Anything else can be cured: it shows as `held`.
    if (!(problem instanceof UsageError)) return;
    await consumer.refuse();
    throw problem;
  }

  /** The application cancels. @returns true where the broker need not be asked */
  unregister(consumerTag: string): boolean {
    const consumer = this.#consumers.get(consumerTag);
    this.#consumers.delete(consumerTag);
    return consumer?.cancelled() ?? false;
  }

  /** See singleGet. @throws UsageError as `consumer` */
  async get(queue: string, options: Options.Get | undefined): Promise<GetMessage | false> {
    this.#checkOpen();
    const name = this.#mapped(queue);
    this.#checkLimit(name, options?.noAck);
    return singleGet(this, () => this.#calls.get(queue, options), name, options);
  }

  /** For the application’s acknowledgements. @throws IllegalOperationError once closing */
  get answers(): Acknowledging {
    this.#checkOpen();
    return this.#answers;
  }

  /** As amqplib’s: sends what was acknowledged, and gives back the rest. @throws IllegalOperationError once closing */
  async recover(): Promise<void> {
    await within(drainMs, Promise.all([this.settlements.settled(), this.#answers.returned()]));
    await this.answers.recover();
  }

  /** Sends what was published in this turn. */
  flush(): void {
    this.#publisher.flush();
  }

  /** Calls the callbacks of all confirms that are here. */
  tellConfirms(): void {
    this.#publisher.tellConfirms();
  }

  /** Before closing: sends the acknowledgements whose audit is safe. From now on nothing else is sent. */
  async beforeClose(): Promise<void> {
    this.flush();
    if (this.#closed === null) this.#refuse('Channel closing');
    await within(drainMs, Promise.all(this.#pumps));
    await within(drainMs, Promise.all([this.settlements.drain(), this.#answers.returned()]));
  }

  track(work: Promise<void>): void {
    this.#pumps.add(work);
    void work.finally(() => this.#pumps.delete(work));
  }

  async consume(
    queue: string,
    receive: (message: ConsumeMessage | null) => void,
    options: Options.Consume,
  ): Promise<void> {
    await this.#calls.consume(queue, receive, options);
  }

  async cancel(consumerTag: string): Promise<void> {
    await this.#calls.cancel(consumerTag);
  }

  received(raw: Message, queue: string): void {
    this.#watch.see(raw, queue);
  }

  giveBack(delivery: Delivery): void {
    this.#answers.giveBack(delivery);
  }

  handedOver(message: ConsumeMessage): void {
    this.#outside.emit('delivery', message);
  }

  handlerFailed(error: unknown): void {
    if (this.#outside.listenerCount('handler-error') > 0) {
      setImmediate(() => this.#outside.emit('handler-error', error, 'delivery'));
      return;
    }
    const thrown = error instanceof Error ? error : new Error(String(error));
    this.#refuse('Channel closing');
    // What amqplib does where its own consumer callback throws. Not in its types; its version is pinned below 3.
    const inner = this.#inner as unknown as {
      closeWithError(id: undefined, reason: string, code: number, error: Error): void;
    };
    try {
      inner.closeWithError(undefined, 'Error while processing message', internalError, thrown);
    } catch {
      // Closed already.
    }
  }

  halted(error: Error): void {
    if (this.#outside.listenerCount('handler-error') > 0)
      this.#outside.emit('handler-error', error, 'delivery');
    else process.emitWarning(`A consumer halted: ${error.message}`, 'SealwireWarning');
  }

  held(error: unknown, queue: string): void {
    if (this.#outside.listenerCount('held') > 0) this.#outside.emit('held', error, queue);
    else if (error instanceof Error)
      process.emitWarning(`Deliveries are held: ${error.message}`, 'SealwireWarning');
  }

  resumed(queue: string): void {
    this.#outside.emit('resumed', queue);
  }

  /** The queue’s name. @throws UsageError ERR_USAGE_CHANNEL where the policy does not map it */
  #mapped(queue: string): string {
    const name = queue === '' ? this.#lastQueue : queue;
    this.link.inlet.checkSource({
      transport: 'rabbitmq',
      queue: name,
      exchange: '',
      routingKey: '',
      deliveryTag: 0,
    });
    return name;
  }

  /** What needs no acknowledgement is never given back. @throws UsageError ERR_USAGE_QUEUE */
  #checkLimit(queue: string, noAck: boolean | undefined): void {
    if (noAck === true) return;
    // In amqplib’s types on channels of its promise API only.
    const { connection } = this.#inner as {
      readonly connection?: { readonly serverProperties?: { readonly version?: unknown } };
    };
    const version = connection?.serverProperties?.version;
    const known = this.link.queues.check(queue, typeof version === 'string' ? version : null);
    this.#watch.watch(queue, known === 'unknown');
  }

  /** Says early that there is no quarantine; nothing waits for it. */
  #warm(): void {
    if (this.#consumers.size === 0)
      this.link.verdicts.ready().catch((error: unknown) => {
        if (this.#closed === null) this.held(error, '');
      });
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new amqplib.IllegalOperationError(this.#closed);
  }

  #refuse(why: 'Channel closing' | 'Channel closed'): void {
    this.#closed = why;
    this.#end.abort();
  }
}
