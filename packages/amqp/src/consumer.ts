// One consumer: opens deliveries in batches, in order, and hands over what is verified.
import { AsyncResource } from 'node:async_hooks';
import { faultPoint, type Rejected } from '@sealwire/core';
import type { ConsumeMessage, Message, Options } from 'amqplib';
import { Arrivals, maxBatch, type Arrival } from './arrivals.js';
import { claimBatch, type OpenedArrival } from './claim-batch.js';
import type { ConsumingChannel, Receive } from './consuming-channel.js';
import type { Delivery } from './delivery.js';
import { pause } from './hold.js';
import { openDelivery, receivedFrom } from './open-delivery.js';
import { Reasons } from './reasons.js';
import { Halt } from './verdicts.js';

interface Rejection {
  readonly delivery: Delivery;
  readonly raw: Message;
  readonly rejected: Rejected;
}

export class Consumer {
  readonly #channel: ConsumingChannel;
  readonly #queue: string;
  readonly #callback: Receive;
  readonly #options: Options.Consume;
  readonly #arrivals = new Arrivals();
  /** Those to ask for again: another delivery of their message was being handled. */
  #again: OpenedArrival[] = [];
  #pumping = false;
  #refused = false;
  #stopped = false;
  #tag = '';

  constructor(channel: ConsumingChannel, queue: string, callback: Receive, options: Options.Consume) {
    this.#channel = channel;
    this.#queue = queue;
    this.#callback = callback;
    this.#options = options;
  }

  /** Given to amqplib in place of the application’s callback. */
  readonly receive: Receive = (raw) => {
    if (raw !== null) {
      this.#tag = raw.fields.consumerTag;
      this.#channel.received(raw, this.#queue);
    }
    // Instrumentation makes one per delivery; callbacks must not all run in that of the first.
    const context = new AsyncResource('SealwireDelivery');
    this.#arrivals.add({ delivery: raw === null ? null : this.#deliveryOf(raw, context), context });
    this.#wake();
  };

  #wake(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    // After all that amqplib hands over in this turn of the event loop. Over TLS, `nextTick` would come after each record,
    // and RabbitMQ puts a message of this size into a record of its own: each would be opened and concluded alone.
    setImmediate(() => this.#channel.track(this.#pump()));
  }

  /** amqplib has it under this tag. */
  started(consumerTag: string): void {
    this.#tag = consumerTag;
  }

  /**
   * The application cancels it. What has arrived is still handed over, as amqplib would have done by now.
   * @returns true where the broker knows nothing of it at the moment
   */
  cancelled(): boolean {
    this.#stopped = true;
    return this.suspended;
  }

  /** What it gets can never be told from replays: returns all that is here, and asks the broker for no more. */
  async refuse(): Promise<void> {
    this.#stopped = true;
    this.#refused = true;
    this.#channel.unregister(this.#tag);
    await this.#channel.cancel(this.#tag).catch(() => undefined);
    for (const delivery of this.#arrivals.deliveries()) this.#channel.giveBack(delivery);
    this.#arrivals.clear();
  }

  /** Cancelled by an inability, to be started again when that is cured. */
  suspended = false;

  #deliveryOf(raw: ConsumeMessage, context: AsyncResource): Delivery {
    const delivery: Delivery = {
      raw,
      tag: raw.fields.deliveryTag,
      noAck: this.#options.noAck === true,
      context,
      state: 'held',
      outcome: null,
      claim: null,
    };
    if (!delivery.noAck) this.#channel.settlements.expect(delivery);
    return delivery;
  }

  async #pump(): Promise<void> {
    try {
      while (this.#arrivals.length + this.#again.length > 0 && !this.#channel.closing.aborted) {
        if (this.#again.length > 0) await this.#handOverClaimed(this.#again.splice(0, maxBatch));
        else await this.#process(this.#arrivals.next());
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** The broker cancelled it. */
  #end(context: AsyncResource): void {
    this.#stopped = true;
    this.#channel.unregister(this.#tag);
    this.#handOver(null, context);
  }

  async #process(arrivals: readonly Arrival[]): Promise<void> {
    const { link, settlements } = this.#channel;
    if (arrivals[0]!.delivery === null) {
      this.#end(arrivals[0]!.context);
      return;
    }
    const records = arrivals.map(({ delivery }) => receivedFrom(delivery!.raw, this.#queue));
    const outcomes = await this.#whenAble(
      arrivals,
      () => link.inlet.open(records, null),
      () => link.inlet.open(records.slice(0, 1), null),
    );
    faultPoint('rabbitmq.opened');
    if (outcomes === null) return;

    const rejected: Rejection[] = [];
    const unclaimed: OpenedArrival[] = [];
    arrivals.forEach(({ delivery, context }, i) => {
      if (delivery === null || !settlements.isCurrent(delivery)) return;
      const opened = openDelivery<ConsumeMessage>(delivery, outcomes[i]!);
      if (opened.rejected !== null) rejected.push({ delivery, raw: delivery.raw, rejected: opened.rejected });
      else if (link.claims === null) this.#handOverDelivery(delivery, opened.message, context);
      else unclaimed.push({ delivery, message: opened.message, context });
    });
    // Before those that were refused: these have waited least for what they need.
    if (unclaimed.length > 0) await this.#handOverClaimed(unclaimed);
    if (rejected.length > 0) await this.#reject(rejected);
  }

  /** Hands over what no other delivery of the same message was, is or will be handled for. */
  async #handOverClaimed(opened: readonly OpenedArrival[]): Promise<void> {
    const { link, settlements } = this.#channel;
    const claims = link.claims!;
    const { arguments: consumed } = this.#options as { readonly arguments?: Record<string, unknown> };
    const rereads = consumed?.['x-stream-offset'] !== undefined;
    const claimed = await this.#whenAble(
      opened,
      () => claimBatch(claims, opened, rereads),
      () => claims.ready(),
    );
    faultPoint('rabbitmq.claimed');
    if (claimed === null) return;
    for (const { delivery, message, context } of claimed.granted)
      if (settlements.isCurrent(delivery)) this.#handOverDelivery(delivery, message, context);
      else if (delivery.claim !== null) void claims.release([delivery.claim]);
    this.#wait(claimed.held, claimed.askAgainInMs);
    const refused = claimed.refused.filter(({ delivery }) => settlements.isCurrent(delivery));
    for (const { delivery, rejected } of refused) delivery.outcome = rejected;
    if (refused.length > 0) await this.#reject(refused.map((one) => ({ ...one, raw: one.delivery.raw })));
  }

  /** Unacknowledged, and never requeued: a queue may count that, and drop it. */
  #wait(held: readonly OpenedArrival[], askAgainInMs: number): void {
    if (held.length === 0) return;
    const { closing } = this.#channel;
    const timer = setTimeout(() => {
      closing.removeEventListener('abort', stop);
      this.#again.push(...held.filter(({ delivery }) => this.#channel.settlements.isCurrent(delivery)));
      this.#wake();
    }, askAgainInMs);
    const stop = (): void => clearTimeout(timer);
    closing.addEventListener('abort', stop, { once: true });
  }

  #handOverDelivery(delivery: Delivery, message: ConsumeMessage, context: AsyncResource): void {
    if (this.#channel.closing.aborted) return;
    delivery.state = 'delivered';
    faultPoint('rabbitmq.handing');
    this.#handOver(message, context);
    faultPoint('rabbitmq.handed');
    if (delivery.noAck) this.#channel.settlements.settle(delivery);
  }

  #handOver(message: ConsumeMessage | null, context: AsyncResource): void {
    try {
      // What it returns is its own affair, as with amqplib.
      context.runInAsyncScope(this.#callback, undefined, message);
      if (message !== null) this.#channel.handedOver(message);
    } catch (error) {
      this.#channel.handlerFailed(error);
    }
  }

  async #reject(rejections: readonly Rejection[]): Promise<void> {
    const { link, settlements } = this.#channel;
    const arrivals = rejections.map(({ delivery }) => ({ delivery }));
    try {
      const done = await this.#whenAble(
        arrivals,
        async () => {
          await link.verdicts.carryOut(
            rejections.map(({ delivery, raw, rejected }) => ({ raw, rejected, context: delivery.context })),
            link.inlet,
          );
          return true;
        },
        () => link.verdicts.ready(),
      );
      if (done === null) return;
      faultPoint('rabbitmq.quarantined');
      for (const { delivery } of rejections)
        if (settlements.isCurrent(delivery)) settlements.settle(delivery);
    } catch (error) {
      if (!(error instanceof Halt)) throw error;
      await this.#halt(error.error);
    }
  }

  /** Everything not handed over stays unacknowledged until the channel is closed. */
  async #halt(error: Error): Promise<void> {
    this.#arrivals.clear();
    this.#stopped = true;
    await this.#channel.cancel(this.#tag).catch(() => undefined);
    this.#arrivals.clear();
    this.#channel.halted(error);
    this.#handOver(null, new AsyncResource('SealwireDelivery'));
  }

  /**
   * Tries until it works, and holds what has arrived meanwhile. Held too long, all is returned to the queue.
   * @returns `null` where the deliveries are not this channel’s any more
   * @throws Halt
   */
  async #whenAble<T>(
    batch: readonly { readonly delivery: Delivery | null }[],
    work: () => Promise<T>,
    probe: () => Promise<unknown>,
  ): Promise<T | null> {
    const { closing, link } = this.#channel;
    const since = Date.now();
    const reasons = new Reasons();
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await work();
        if (attempt > 0) this.#channel.resumed(this.#queue);
        return result;
      } catch (error) {
        if (error instanceof Halt) throw error;
        if (this.#refused) {
          for (const { delivery } of batch) if (delivery !== null) this.#channel.giveBack(delivery);
          return null;
        }
        if (reasons.isNew(error)) this.#channel.held(error, this.#queue);
        const tooLong = Date.now() - since >= link.times.returnAfterMs;
        if (tooLong && this.#options.noAck !== true) {
          await this.#suspend(batch, probe);
          return null;
        }
        if (!(await pause(attempt, link.times, closing))) return null;
      }
    }
  }

  /** Returns what is held, once, and consumes again when `probe` works. */
  async #suspend(
    batch: readonly { readonly delivery: Delivery | null }[],
    probe: () => Promise<unknown>,
  ): Promise<void> {
    const { closing, link } = this.#channel;
    if (!this.#stopped) {
      this.suspended = true;
      await this.#channel.cancel(this.#tag).catch(() => undefined);
    }
    for (const { delivery } of batch) if (delivery !== null) this.#channel.giveBack(delivery);
    for (const delivery of this.#arrivals.deliveries()) this.#channel.giveBack(delivery);

    for (let attempt = 0; !this.#stopped; attempt++) {
      if (!(await pause(attempt, link.times, closing))) return;
      try {
        await probe();
        break;
      } catch {
        continue;
      }
    }
    if (this.#stopped || closing.aborted) return;
    this.suspended = false;
    const options = { ...this.#options, consumerTag: this.#tag };
    await this.#channel.consume(this.#queue, this.receive, options).catch(() => undefined);
    this.#channel.resumed(this.#queue);
  }
}
