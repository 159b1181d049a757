// A connection for tools that look at messages as they lie on the broker: nothing is opened.
import type { TLSSocket } from 'node:tls';
import type { ConnectionGuard } from '@sealwire/core';
import amqplib, { type ChannelModel } from 'amqplib';
import { brokerAddress } from './broker-address.js';
import { connectionFailure } from './connection-failure.js';
import { limitHeaderDepth, type FrameReader } from './header-depth.js';
import { socketOptions } from './socket-options.js';

/**
 * Runs `use` over a connection that the policy describes, and closes it: what was taken and not acknowledged goes back.
 * @param url without credentials
 * @throws UsageError ERR_USAGE_TLS, ERR_USAGE_SASL, ERR_USAGE_CONNECTION; InabilityError ERR_UNABLE_CONNECTION; what
 *   `use` throws
 */
export async function withToolConnection<Result>(
  guard: ConnectionGuard,
  url: string,
  use: (model: ChannelModel) => Promise<Result>,
): Promise<Result> {
  const address = brokerAddress(url, guard);
  let model: ChannelModel | null = null;
  try {
    model = await amqplib.connect(address, socketOptions(address.hostname, {}, guard));
    model.on('error', () => undefined);
    const connection = model.connection as unknown as FrameReader & { readonly stream: TLSSocket };
    guard.judge(connection.stream);
    limitHeaderDepth(connection);
    return await use(model);
  } catch (error) {
    throw connectionFailure(error, address.hostname, address.port);
  } finally {
    await model?.close().catch(() => undefined);
  }
}
