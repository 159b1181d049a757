// Acknowledges in order, and only what is safe in the audit trail.
import { faultPoint, type AuditOutcome, type ClaimGuard, type Inlet } from '@sealwire/core';
import type { Message } from 'amqplib';
import { concludeInContexts, type ContextOutcome } from './conclude-in-contexts.js';
import type { Delivery } from './delivery.js';
import { finish } from './finish.js';
import { pause, type HoldTimes } from './hold.js';

/** What is needed of amqplib’s channels, of either API. */
export interface SettlingChannel {
  ack(message: Message, allUpTo?: boolean): unknown;
}

/** What acknowledging depends on. */
export interface SettlingContext {
  readonly inlet: Inlet;
  readonly rejectedOutcome: AuditOutcome;
  readonly claims?: ClaimGuard | null;
  readonly times: HoldTimes;
  /** Acknowledgements wait for the audit trail. */
  held(error: unknown): void;
  resumed(): void;
}

/** How soon what another delivery is being handled for is asked for again, in ms. */
const askAgainMs = 1_000;

/** A delivery to settle, or a message that is none of ours and only passes on in order. */
type Entry = { readonly delivery: Delivery; readonly audited?: true } | { readonly stray: Message };

/**
 * The deliveries of one channel that the broker waits for, by tag, which ascends. One conclude per tick, one after the
 * other, so that acknowledgements keep the order in which they were asked for.
 */
export class Settlements {
  readonly #channel: SettlingChannel;
  readonly #context: SettlingContext;
  /** Aborted when the channel is closed, or closing and not to wait for anything that cannot be done at once. */
  readonly #hurry = new AbortController();
  readonly #unsettled = new Map<number, Delivery>();
  /** Tags taken out to be given back, until that is sent: an acknowledgement of all up to a later tag would settle them. */
  readonly #returning = new Set<number>();
  /** Audited, and about to be done: not released when the channel ends. */
  #finishing: readonly Delivery[] = [];
  #queue: Entry[] = [];
  #running: Promise<void> | null = null;
  #dead = false;

  constructor(channel: SettlingChannel, context: SettlingContext) {
    this.#channel = channel;
    this.#context = context;
  }

  /** Notes a delivery that has to be settled. */
  expect(delivery: Delivery): void {
    this.#unsettled.set(delivery.tag, delivery);
  }

  /** False for deliveries that ended otherwise: returned, recovered, or their channel closed. */
  isCurrent(delivery: Delivery): boolean {
    return !this.#dead && (delivery.noAck || this.#unsettled.get(delivery.tag) === delivery);
  }

  find(tag: number): Delivery | undefined {
    return this.#unsettled.get(tag);
  }

  /** What the application has and did not settle, up to a tag. */
  delivered(upTo = Infinity): Delivery[] {
    const found: Delivery[] = [];
    for (const [tag, delivery] of this.#unsettled) {
      if (tag > upTo) break;
      if (delivery.state === 'delivered') found.push(delivery);
    }
    return found;
  }

  /** What was not settled, whether the application has it or not. */
  open(): Delivery[] {
    return [...this.#unsettled.values()].filter(({ state }) => state !== 'settling');
  }

  /** Concludes, then acknowledges (unless the broker expects none). */
  settle(delivery: Delivery): void {
    delivery.state = 'settling';
    faultPoint('rabbitmq.settling');
    this.#push({ delivery });
  }

  /** Passes the acknowledgement of an unknown message on, behind those asked for earlier. */
  passOn(stray: Message): void {
    this.#push({ stray });
  }

  /**
   * Takes out a delivery that is given back, which `give` then does; nothing is audited, the broker decides what
   * becomes of it. False where it is not to be given back.
   */
  take(delivery: Delivery): boolean {
    if (!this.isCurrent(delivery) || !this.#unsettled.delete(delivery.tag)) return false;
    this.#returning.add(delivery.tag);
    return true;
  }

  /** Sends what gives back a delivery that was taken out, unless the broker has forgotten its tag. */
  give(delivery: Delivery, send: () => void): void {
    if (this.#returning.delete(delivery.tag)) send();
  }

  /** Settles when what was asked for so far is sent, or cannot be sent. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** When the broker delivers everything anew under new tags. Settles when that can be claimed. */
  async forget(): Promise<void> {
    const forgotten = [...this.#unsettled.values()];
    this.#unsettled.clear();
    this.#returning.clear();
    await this.#release(forgotten);
  }

  /** Sends what can be made safe at once; the rest stays with the broker. */
  async drain(): Promise<void> {
    this.#hurry.abort();
    await this.#running;
  }

  /** The channel is gone: from now on nothing is sent. */
  end(): void {
    this.#dead = true;
    this.#hurry.abort();
    this.#queue = [];
    void this.forget();
  }

  #push(entry: Entry): void {
    if (this.#dead) return;
    this.#queue.push(entry);
    this.#running ??= this.#run().finally(() => (this.#running = null));
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // one conclude for all of this tick
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const deliveries = batch.flatMap((entry) => ('delivery' in entry ? [entry.delivery] : []));
      this.#finishing = deliveries;
      const lost = await this.#end(batch, deliveries);
      this.#finishing = [];
      if (lost === null || this.#dead) {
        // Those that are done have no claim any more.
        await this.#release(deliveries);
        return;
      }
      this.#send(batch.filter((entry) => !('delivery' in entry) || !lost.has(entry.delivery)));
      faultPoint('rabbitmq.acknowledged');
      if (lost.size > 0) this.#askAgain([...lost]);
    }
  }

  /** Audit, then done. @returns what is not done, and `null` where that is not known */
  async #end(
    batch: readonly Entry[],
    deliveries: readonly Delivery[],
  ): Promise<ReadonlySet<Delivery> | null> {
    if (!(await this.#conclude(batch))) return null;
    faultPoint('rabbitmq.audited');
    const lost = await finish(deliveries, this.#context, this.#hurry.signal);
    faultPoint('rabbitmq.done');
    return lost;
  }

  /** Its lease was lost, and another delivery of the message is being handled: when that ends, it is done or ours again. */
  #askAgain(lost: readonly Delivery[]): void {
    setTimeout(() => {
      for (const delivery of lost) this.#push({ delivery, audited: true });
    }, askAgainMs).unref();
  }

  async #release(deliveries: readonly Delivery[]): Promise<void> {
    const claims = deliveries
      .filter((one) => !this.#finishing.includes(one))
      .flatMap(({ claim }) => claim ?? []);
    if (claims.length > 0) await this.#context.claims?.release(claims);
  }

  /** False where the events could not be made safe before the channel had to close. Safe ones end, channel or not. */
  async #conclude(batch: readonly Entry[]): Promise<boolean> {
    const outcomes: ContextOutcome[] = [];
    for (const entry of batch) {
      if (!('delivery' in entry) || entry.audited === true) continue;
      const { outcome, context } = entry.delivery;
      if (outcome !== null) outcomes.push({ outcome, context });
    }
    if (outcomes.length === 0) return true;
    for (let attempt = 0; ; attempt++) {
      try {
        await concludeInContexts(this.#context.inlet, outcomes, this.#context.rejectedOutcome);
        if (attempt > 0) this.#context.resumed();
        return true;
      } catch (error) {
        if (attempt === 0) this.#context.held(error);
        if (!(await pause(attempt, this.#context.times, this.#hurry.signal))) return false;
      }
    }
  }

  #send(batch: readonly Entry[]): void {
    const acks: Message[] = [];
    let highest: Delivery | null = null;
    let strays = false;
    for (const entry of batch) {
      if ('stray' in entry) {
        acks.push(entry.stray);
        strays = true;
        continue;
      }
      const { delivery } = entry;
      if (delivery.noAck || !this.isCurrent(delivery)) continue;
      this.#unsettled.delete(delivery.tag);
      acks.push(delivery.raw);
      if (highest === null || delivery.tag > highest.tag) highest = delivery;
    }
    try {
      if (highest !== null && acks.length > 1 && !strays && this.#nothingUpTo(highest.tag))
        this.#channel.ack(highest.raw, true);
      else for (const message of acks) this.#channel.ack(message);
    } catch {
      // The channel closed in between: the broker delivers again what it has no acknowledgement for.
      this.end();
    }
  }

  /** Then one frame can acknowledge all. */
  #nothingUpTo(tag: number): boolean {
    for (const returning of this.#returning) if (returning < tag) return false;
    const lowest = this.#unsettled.keys().next();
    return lowest.done === true || lowest.value > tag;
  }
}
