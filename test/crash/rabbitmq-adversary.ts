// An insider on RabbitMQ: taps the exchange, and publishes old messages again, as they are.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChannelModel, ConfirmChannel, ConsumeMessage, Options } from 'amqplib';
import { bareRabbitmq } from '../fixture.ts';
import type { Outcome, Quarantined } from './history.ts';
import { messageHashIn, recordHashIn } from './message-hash.ts';
import type { Chance } from './random.ts';
import { Sample } from './random.ts';
import { rabbitmq as names } from './topology.ts';
import { outcomeOf } from './verdict.ts';

interface Injection {
  readonly id: string;
  readonly queue: string;
  readonly mark: string | null;
  confirmed: boolean;
}

const headersOf = (message: ConsumeMessage): Record<string, unknown> => message.properties.headers ?? {};
const textOf = (message: ConsumeMessage, name: string): string => {
  const value = headersOf(message)[name];
  return typeof value === 'string' ? value : '';
};

export class RabbitmqAdversary {
  readonly recordHashes = new Map<string, string>();
  /** Names of the messages that the exchange has routed, by message hash. */
  readonly arrived = new Map<string, string>();
  readonly outcomes: Outcome[] = [];
  readonly quarantine: Quarantined[] = [];
  readonly injected: Injection[] = [];
  readonly #sample: Sample<ConsumeMessage>;
  readonly #chance: Chance;
  #channel: ConfirmChannel | null = null;
  #connection: ChannelModel | null = null;
  #closing = false;
  #marks = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#sample = new Sample(2_000, chance);
  }

  /** Stays connected until closed. */
  async open(): Promise<void> {
    const connection = await bareRabbitmq();
    connection.on('error', () => undefined);
    connection.on('close', () => {
      this.#channel = null;
      void this.#openAgain();
    });
    this.#connection = connection;
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    await channel.prefetch(500);
    const read = (queue: string, take: (message: ConsumeMessage) => void): Promise<unknown> =>
      channel.consume(queue, (message) => {
        if (message === null) return;
        take(message);
        channel.ack(message);
      });
    await read(names.tap, (message) => {
      const id = textOf(message, 'id');
      this.recordHashes.set(id, recordHashIn(message.content));
      const hash = messageHashIn(message.content);
      if (hash !== null) this.arrived.set(hash, id);
      this.#sample.add(message);
    });
    await read(names.audit, ({ content }) => {
      const outcome = outcomeOf(content);
      if (outcome !== null) this.outcomes.push({ ...outcome, seenAtMs: Date.now() });
    });
    await read(names.quarantine, (message) =>
      this.quarantine.push({
        place: null,
        recordHash: textOf(message, 'sealwire-record-hash'),
        code: textOf(message, 'sealwire-code'),
      }),
    );
    this.#channel = channel;
  }

  async attack(everyMs: number, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await pause(this.#chance.between(0, 2 * everyMs));
      const seen = this.#sample.pick();
      if (seen === undefined || this.#channel === null) continue;
      this.#inject(this.#channel, seen);
    }
  }

  /** Messages that wait in the queues; those that are with a consumer are not among them. */
  async waiting(queues: readonly string[]): Promise<number> {
    const channel = await this.#connection!.createChannel();
    let count = 0;
    for (const queue of queues) count += (await channel.checkQueue(queue)).messageCount;
    await channel.close();
    return count;
  }

  /** Settles when everything that is in its own queues has been read. */
  async catchUp(): Promise<void> {
    for (let still = 0; still < 5;) {
      const before = this.outcomes.length;
      await pause(300);
      const left = await this.waiting([names.tap, names.audit, names.quarantine]).catch(() => 1);
      still = left === 0 && this.outcomes.length === before ? still + 1 : 0;
    }
  }

  /** Every audit event, as it lies in the queue that nobody has read from. To be called once. */
  async readTrail(): Promise<Buffer[]> {
    const channel = await this.#connection!.createChannel();
    const { messageCount } = await channel.checkQueue(names.trail);
    const events: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      channel.once('close', () => reject(new Error('the audit events could not be read')));
      const take = (message: ConsumeMessage | null): void => {
        if (message !== null) events.push(message.content);
        if (events.length >= messageCount) resolve();
      };
      if (messageCount === 0) resolve();
      else channel.consume(names.trail, take).catch(reject);
    });
    channel.removeAllListeners('close');
    await channel.close();
    return events;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#connection?.close().catch(() => undefined);
  }

  async #openAgain(): Promise<void> {
    while (!this.#closing)
      try {
        await pause(500);
        if (!this.#closing) await this.open();
        return;
      } catch {
        // Not up yet.
      }
  }

  #inject(channel: ConfirmChannel, seen: ConsumeMessage): void {
    const { fields, properties, content } = seen;
    const own = fields.routingKey;
    const other = names.queues.find((queue) => queue !== own)!;
    const turn = this.#chance.next();
    // As it was sent; to the other queue; or past the exchange, straight into its queue.
    const [exchange, routingKey, queue] =
      turn < 0.7 ? [names.exchange, own, own] : turn < 0.85 ? [names.exchange, other, other] : ['', own, own];
    // Nothing vouches for tracing headers, so a copy can be marked by them. Some are not: byte for byte.
    const mark = this.#chance.next() < 0.5 ? `copy=${this.#marks++}` : null;
    const headers = { ...headersOf(seen) };
    delete headers['tracestate'];
    const injection: Injection = { id: textOf(seen, 'id'), queue, mark, confirmed: false };
    this.injected.push(injection);
    const options: Options.Publish = {
      ...(properties as Options.Publish),
      persistent: properties.deliveryMode === 2,
      headers: mark === null ? headers : { ...headers, tracestate: mark },
    };
    try {
      channel.publish(exchange, routingKey, content, options, (error) => {
        if (!error) injection.confirmed = true;
      });
    } catch {
      // The channel closed meanwhile.
    }
  }
}
