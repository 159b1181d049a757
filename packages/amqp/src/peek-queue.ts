// Looks at the first message of a queue as it lies there, for tools, and puts it back.
import { UsageError, type ConnectionGuard, type Received } from '@sealwire/core';
import type { ChannelModel } from 'amqplib';
import { receivedFrom } from './open-delivery.js';
import { withToolConnection } from './tool-connection.js';

/**
 * Takes the first message over the connection that the policy describes, and requeues it unread by anybody. RabbitMQ
 * marks it as redelivered, and a quorum queue counts the delivery; consumers may get others before it.
 * @param url without credentials
 * @throws UsageError ERR_USAGE_RECORD where the queue is empty or missing; ERR_USAGE_TLS, ERR_USAGE_SASL,
 *   ERR_USAGE_CONNECTION; InabilityError ERR_UNABLE_CONNECTION
 */
export function peekQueue(guard: ConnectionGuard, url: string, queue: string): Promise<Received> {
  return withToolConnection(guard, url, (model) => firstOf(model, queue));
}

async function firstOf(model: ChannelModel, queue: string): Promise<Received> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  const message = await channel.get(queue).catch((error: unknown) => {
    if ((error as { readonly code?: unknown }).code === 404)
      throw nothingThere(queue, 'there is no such queue.');
    throw error;
  });
  if (message === false) throw nothingThere(queue, 'it is empty, or all of it is with consumers.');
  channel.nack(message, false, true);
  // The broker has requeued it before it answers.
  await channel.close();
  return receivedFrom(message, queue);
}

function nothingThere(queue: string, why: string): UsageError {
  return new UsageError('ERR_USAGE_RECORD', `There is no message to look at in the queue ${queue}: ${why}`, {
    queue,
  });
}
