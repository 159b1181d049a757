// Channels as amqp-connection-manager needs them: a refusal reaches the promise of who published.
import type { AmqpConnectionManager } from 'amqp-connection-manager';

/** amqplib’s ChannelModel. */
export type Model = NonNullable<AmqpConnectionManager['connection']>;
type Channel = Awaited<ReturnType<Model['createConfirmChannel']>>;
type Confirm = (error: unknown, ok: object) => void;

/**
 * Its wrapper leaves a message whose `publish` threw among the unconfirmed, settles its promise never, and publishes it
 * again after every reconnect, before all others. So what may not or cannot be sealed is told to the confirm callback.
 */
export function tellingRefusals<C extends Channel>(channel: C): C {
  const publish = channel.publish.bind(channel) as (...given: unknown[]) => boolean;
  const telling = (...given: unknown[]): boolean => {
    const confirm = given[4] as Confirm | undefined;
    if (confirm === undefined) return publish(...given);
    try {
      return publish(...given);
    } catch (error) {
      // Of a channel that is closed; the message waits for the next one.
      if (error instanceof Error && error.name === 'IllegalOperationError') throw error;
      setImmediate(() => confirm(error, {}));
      return true;
    }
  };
  // `sendToQueue` publishes by it too.
  channel.publish = telling;
  return channel;
}

/** A model whose confirm channels do so. */
export function tellingModel(model: Model): Model {
  const create = model.createConfirmChannel.bind(model);
  model.createConfirmChannel = async (...given) => tellingRefusals(await create(...given));
  return model;
}
