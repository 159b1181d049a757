// Looks at the first message of a queue as it lies there, for tools, and puts it back.
import type { TLSSocket } from 'node:tls';
import { UsageError, type ConnectionGuard, type Received } from '@sealwire/core';
import amqplib, { type ChannelModel } from 'amqplib';
import { brokerAddress } from './broker-address.js';
import { connectionFailure } from './connection-failure.js';
import { limitHeaderDepth, type FrameReader } from './header-depth.js';
import { receivedFrom } from './open-delivery.js';
import { socketOptions } from './socket-options.js';

/**
 * Takes the first message over the connection that the policy describes, and requeues it unread by anybody. RabbitMQ
 * marks it as redelivered, and a quorum queue counts the delivery; consumers may get others before it.
 * @param url without credentials
 * @throws UsageError ERR_USAGE_RECORD where the queue is empty or missing; ERR_USAGE_TLS, ERR_USAGE_SASL,
 *   ERR_USAGE_CONNECTION; InabilityError ERR_UNABLE_CONNECTION
 */
export async function peekQueue(guard: ConnectionGuard, url: string, queue: string): Promise<Received> {
  const address = brokerAddress(url, guard);
  let model: ChannelModel | null = null;
  try {
    model = await amqplib.connect(address, socketOptions(address.hostname, {}, guard));
    model.on('error', () => undefined);
    const connection = model.connection as unknown as FrameReader & { readonly stream: TLSSocket };
    guard.judge(connection.stream);
    limitHeaderDepth(connection);
    return await firstOf(model, queue);
  } catch (error) {
    throw connectionFailure(error, address.hostname, address.port);
  } finally {
    await model?.close().catch(() => undefined);
  }
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
