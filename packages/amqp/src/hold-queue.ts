// Takes the messages of a queue one after the other, for tools, and puts back in the end what was not removed.
import { UsageError, type Received } from '@sealwire/core';
import type { Channel, ChannelModel } from 'amqplib';
import { receivedFrom } from './open-delivery.js';

/** A message that nobody else gets while it is held. */
export interface HeldMessage {
  readonly received: Received;
  /** Takes it out of the queue for good, when the broker has heard of it: with the end of `use`. */
  remove(): void;
}

/**
 * Gives `use` the messages from the first on, up to `limit`; `null`: there are no more. In the end those that were not
 * removed are requeued together, which keeps their order in a classic queue that nobody consumes from meanwhile. RabbitMQ
 * marks them as redelivered; a quorum queue counts the delivery. A crash of the tool returns all of them.
 * @throws UsageError ERR_USAGE_RECORD where there is no such queue
 */
export async function holdQueue<Result>(
  model: ChannelModel,
  queue: string,
  use: (next: () => Promise<HeldMessage | null>) => Promise<Result>,
): Promise<Result> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  let held = 0;
  const next = async (): Promise<HeldMessage | null> => {
    const message = await takenFrom(channel, queue);
    if (message === false) return null;
    held++;
    let removed = false;
    return {
      received: receivedFrom(message, queue),
      remove() {
        if (removed) return;
        removed = true;
        held--;
        channel.ack(message);
      },
    };
  };
  try {
    return await use(next);
  } finally {
    if (held > 0) channel.nackAll(true);
    // The broker has heard of all of it before it answers.
    await channel.close().catch(() => undefined);
  }
}

async function takenFrom(channel: Channel, queue: string): ReturnType<Channel['get']> {
  try {
    return await channel.get(queue);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 404) throw error;
    throw new UsageError('ERR_USAGE_RECORD', `There is no queue ${queue}, or this agent may not see it.`, {
      queue,
    });
  }
}
