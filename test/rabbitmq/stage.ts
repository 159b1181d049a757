// What each RabbitMQ test starts from: queues of its own, a policy over them, and clients that are closed in the end.
import { secureConnect, type SecureConnectOptions } from '@sealwire/amqp';
import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage, GetMessage, Options } from 'amqplib';
import type { Sealwire } from 'sealwire';
import { bareRabbitmq, fixture, fresh, openAs, writePolicy, type PolicyOptions } from '../fixture.ts';

/** Brokers share two cores with other tests. */
export interface StageOptions extends Partial<PolicyOptions> {
  readonly clearHeaders?: readonly string[];
  readonly types?: readonly string[];
  readonly competing?: string;
  readonly maxAge?: string;
  readonly connect?: SecureConnectOptions & { readonly recovery?: false };
  /** Of the test’s queue. */
  readonly queue?: Options.AssertQueue;
  readonly url?: string;
  /** Whether agents take over what the test writes into their policy meanwhile; default `true`. */
  readonly watch?: boolean;
}

/** One test’s part of the broker. */
export interface Stage {
  /** Mapped, bound to nothing: reached with `sendToQueue`. */
  readonly queue: string;
  /** Mapped to the same channel: what a dead-lettered message arrives in. */
  readonly deadLetters: string;
  /** A topic exchange of the same channel, bound to `queue` with `#`. */
  readonly exchange: string;
  readonly quarantine: string;
  readonly audit: string;
  readonly policy: string;
  readonly bare: Channel;
  /** A connection of an agent; closed with the stage. */
  connect(
    agent: string,
    options?: SecureConnectOptions & { readonly recovery?: false },
  ): Promise<ChannelModel>;
  /** A confirm channel of the orchestrator’s. */
  sender(): Promise<ConfirmChannel>;
  /** A channel of the researcher’s. */
  receiver(): Promise<Channel>;
  /** What lies next in a queue, read by an ordinary client with all rights. */
  raw(queue: string): Promise<GetMessage>;
  depth(queue: string): Promise<number>;
  /** Closes every connection and Sealwire so far, as the end of their processes would. */
  endAgents(): Promise<void>;
  /** Every line of the audit queue, which are taken out of it; the agents end with this. */
  allAudited(): Promise<Buffer[]>;
  close(): Promise<void>;
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const names = ['orders', 'dead', 'events', 'quarantine', 'audit'].map(fresh);
  const [queue, deadLetters, exchange, quarantine, audit] = names as [string, string, string, string, string];
  const admin = await bareRabbitmq();
  const bare = await admin.createChannel();
  await bare.assertQueue(queue, { durable: true, ...options.queue });
  await bare.assertQueue(deadLetters, { durable: true });
  await bare.assertExchange(exchange, 'topic', { durable: true });
  await bare.bindQueue(queue, exchange, '#');
  // As the adapter would, so that tests can ask for their depth at any time.
  await bare.assertQueue(quarantine, { durable: true });
  await bare.assertExchange(audit, 'topic', { durable: true });
  await bare.assertQueue(audit, { durable: true });
  await bare.bindQueue(audit, audit, '#');
  const { clearHeaders, types = ['agent.message'] } = options;
  const policy = writePolicy({
    channels: {
      orders: {
        queues: [queue, deadLetters],
        publish: [
          { exchange: '', routingKey: queue },
          { exchange, routingKey: '#' },
        ],
        ...(clearHeaders === undefined ? {} : { clearHeaders }),
        types,
        ...(options.competing === undefined ? {} : { competing: options.competing }),
        ...(options.maxAge === undefined ? {} : { maxAge: options.maxAge }),
        from: ['orchestrator', 'researcher'],
      },
      ...options.channels,
    },
    quarantine,
    audit,
    onReject: options.onReject ?? 'quarantine',
    ...(options.auditMore === undefined ? {} : { auditMore: options.auditMore }),
    ...(options.replay === undefined ? {} : { replay: options.replay }),
  });
  const models: ChannelModel[] = [];
  const sealwires: Sealwire[] = [];

  const connect: Stage['connect'] = async (agent, more = options.connect ?? {}) => {
    const sealwire = await openAs(agent, policy, { watch: options.watch ?? true });
    sealwires.push(sealwire);
    const model = await secureConnect(sealwire, options.url ?? fixture().rabbitmqUrl, more);
    models.push(model);
    return model;
  };
  const endAgents = async (): Promise<void> => {
    await Promise.all(models.splice(0).map((model) => model.close().catch(() => undefined)));
    await Promise.all(sealwires.splice(0).map((sealwire) => sealwire.close()));
  };
  return {
    queue,
    deadLetters,
    exchange,
    quarantine,
    audit,
    policy,
    bare,
    connect,
    sender: async () => (await connect('orchestrator')).createConfirmChannel(),
    receiver: async () => (await connect('researcher')).createChannel(),
    async raw(from) {
      const message = await eventually(() => bare.get(from, { noAck: true }));
      return message;
    },
    depth: async (of) => (await bare.checkQueue(of)).messageCount,
    endAgents,
    async allAudited() {
      // Events come after what they are about: only who ended has published all of them.
      await endAgents();
      const lines: Buffer[] = [];
      for (;;) {
        const line = await bare.get(audit, { noAck: true });
        if (line === false) return lines;
        lines.push(line.content);
      }
    },
    async close() {
      await endAgents();
      await admin.close();
    },
  };
}

/** Collects what a consumer gets. */
export class Inbox {
  readonly messages: (ConsumeMessage | null)[] = [];
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  readonly take = (message: ConsumeMessage | null): void => {
    this.messages.push(message);
    for (const { count, resolve } of this.#waiting) if (this.messages.length >= count) resolve();
  };

  async first(count: number): Promise<ConsumeMessage[]> {
    if (this.messages.length < count)
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    return this.messages.slice(0, count) as ConsumeMessage[];
  }

  async texts(count: number): Promise<string[]> {
    return (await this.first(count)).map(({ content }) => JSON.parse(content.toString()) as string);
  }
}

/** Asks again until there is an answer: brokers tell about queues and returns by and by. */
export async function eventually<T>(ask: () => Promise<T | false>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Content that fits the policy's content type. */
export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Publishes and waits for the confirm. */
export function confirmed(
  channel: ConfirmChannel,
  queue: string,
  text: string,
  options: Options.Publish = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue(queue, json(text), options, (error: Error | null) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** An event that is awaited once. */
export const nextEvent = <T>(emitter: NodeJS.EventEmitter, name: string): Promise<T> =>
  new Promise((resolve) => void emitter.once(name, resolve));
