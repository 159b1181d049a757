// Stands between Sealwire and amqplib: writes down what amqplib is given to publish and to acknowledge, before it has it.
import amqplib, {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type ConsumeMessage,
  type Options,
  type SocketOptions,
} from 'amqplib';
import type { Journal } from './journal.ts';
import { messageHashIn, recordHashIn } from './message-hash.ts';
import { rabbitmq as names } from './topology.ts';

/** For all connections that are made from now on. */
export function tapRabbitmq(journal: Journal): void {
  const { connect } = amqplib;
  const tapped = async (url: string | Options.Connect, socket?: SocketOptions): Promise<ChannelModel> => {
    const model = await connect(url, socket);
    const [plain, confirming] = [model.createChannel.bind(model), model.createConfirmChannel.bind(model)];
    model.createChannel = async (...options) => {
      const channel = await plain(...options);
      tapConsuming(channel, journal);
      return channel;
    };
    model.createConfirmChannel = async (...options) => {
      const channel = await confirming(...options);
      tapPublishing(channel, journal);
      return channel;
    };
    return model;
  };
  // No worker asks for a connection that recovers.
  amqplib.connect = tapped as typeof connect;
}

function tapPublishing(channel: ConfirmChannel, journal: Journal): void {
  const publish = channel.publish.bind(channel);
  channel.publish = (exchange, routingKey, content, options, callback) => {
    const hash = exchange === names.exchange ? messageHashIn(content) : null;
    if (hash !== null) journal.write({ t: 'handed', messages: [[idIn(options), hash]] });
    return publish(exchange, routingKey, content, options, callback);
  };
}

function idIn(options: Options.Publish | undefined): string {
  const { id } = (options?.headers ?? {}) as { readonly id?: unknown };
  return typeof id === 'string' ? id : JSON.stringify(id);
}

function tapConsuming(channel: Channel, journal: Journal): void {
  /** What the broker waits for, by tag. */
  const waiting = new Map<number, Buffer>();
  channel.prependListener('delivery', ({ fields, content }: ConsumeMessage) =>
    waiting.set(fields.deliveryTag, content),
  );
  const taken = (upTo: number, all: boolean | undefined): (readonly [number, Buffer])[] => {
    const these = [...waiting].filter(([tag]) => (all === true ? tag <= upTo : tag === upTo));
    for (const [tag] of these) waiting.delete(tag);
    return these;
  };
  const { ack, nack, reject, recover } = channel;
  channel.ack = (message, allUpTo) => {
    const deliveries = taken(message.fields.deliveryTag, allUpTo).map(
      ([tag, content]) => [tag, messageHashIn(content) ?? '', recordHashIn(content)] as const,
    );
    journal.write({ t: 'taken', deliveries });
    ack.call(channel, message, allUpTo);
  };
  // Goes back to the queue: nothing is said of it.
  channel.nack = (message, allUpTo, requeue) => {
    taken(message.fields.deliveryTag, allUpTo);
    nack.call(channel, message, allUpTo, requeue);
  };
  channel.reject = (message, requeue) => {
    taken(message.fields.deliveryTag, false);
    reject.call(channel, message, requeue);
  };
  channel.recover = () => {
    waiting.clear();
    return recover.call(channel);
  };
}
