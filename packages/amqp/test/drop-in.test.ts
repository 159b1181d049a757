// That existing code compiles with sealed connections in place of amqplib’s: checked by the compiler, not by running it.
import { expect, test } from '@jest/globals';
import type { Sealwire } from '@sealwire/core';
import type amqplib from 'amqplib';
import type * as callbackApi from 'amqplib/callback_api';
import { secureConnect, secureConnectCallback, type SecureConnectOptions } from '../src/index.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const holds = <T extends true>(): T => true as T;

export async function promiseApi(sealwire: Sealwire): Promise<void> {
  const model: amqplib.ChannelModel = await secureConnect(sealwire, 'amqps://host');
  const channel: amqplib.Channel = await model.createChannel({ highWaterMark: 10 });
  const confirming: amqplib.ConfirmChannel = await model.createConfirmChannel();
  confirming.publish('', 'q', Buffer.from('x'), {}, (error: unknown) => error);
  await channel.consume('q', (message) => {
    if (message !== null) channel.ack(message);
  });
  const recovering: amqplib.RecoveringChannelModel = await secureConnect(
    sealwire,
    { hostname: 'host' },
    {
      recovery: {
        setup: async (each: amqplib.ChannelModel) => {
          await each.createChannel();
        },
      },
    },
  );
  recovering.on('connect', (each: amqplib.ChannelModel) => {
    each.on('close', () => undefined);
  });
  // @ts-expect-error TLS comes from the policy.
  await secureConnect(sealwire, 'amqps://host', { ca: 'x' });
  // @ts-expect-error Credentials come from the policy.
  await secureConnect(sealwire, 'amqps://host', { credentials: {} });
}

export function callbacks(sealwire: Sealwire): void {
  secureConnectCallback(sealwire, 'amqps://host', (_, connection: callbackApi.Connection) => {
    const channel: callbackApi.Channel = connection.createChannel(() => undefined);
    channel.assertQueue('q', {}, () => undefined);
  });
  const recovering: callbackApi.RecoveringConnection = secureConnectCallback(sealwire, 'amqps://host', {
    recovery: true,
  });
  recovering.close();
}

test('the results have amqplib’s types', () => {
  expect(holds<Same<Awaited<ReturnType<typeof secureConnect>>, amqplib.ChannelModel>>()).toBe(true);
  expect(holds<SecureConnectOptions extends amqplib.SocketOptions | object ? true : false>()).toBe(true);
});
