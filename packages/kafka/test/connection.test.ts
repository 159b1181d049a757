// The sockets that kafkajs is given.
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import type { ConnectionGuard } from '@sealwire/core';
import kafkajs from 'kafkajs';
import Connection from 'kafkajs/src/network/connection.js';
import { guardedSockets } from '../src/connection.js';
import { silent } from './doubles.js';

test('a client that disconnects again and again leaves nothing behind at its closed socket', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const guard = {
    tlsOptions: () => ({}),
    checkAddress: () => undefined,
    judge: () => null,
  } as unknown as ConnectionGuard;
  const observer = { opened: () => undefined, refused: () => undefined };
  const connection = new Connection({
    host: '127.0.0.1',
    port,
    logger: silent,
    ssl: true,
    socketFactory: guardedSockets(guard, observer),
    clientId: 'alice',
    connectionTimeout: 5_000,
    requestTimeout: 5_000,
  });
  const connecting = connection.connect();
  const { socket } = connection;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await expect(connecting).rejects.toThrow(kafkajs.KafkaJSConnectionError);
  await closed;
  for (let times = 0; times < 12; times++) await connection.disconnect();
  server.close();
  expect(socket.listenerCount('connect')).toBeLessThan(5);
});
