// Ports for brokers.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { freePorts, portRange } from '../src/free-ports.js';

test('free ports are distinct and can be listened on', async () => {
  const ports = await freePorts(8);
  expect(new Set(ports).size).toBe(8);
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  }
});

test('no port is given twice, though nobody listens there', async () => {
  const range = { from: 31_000, to: 31_059 };
  const given = await Promise.all(Array.from({ length: 10 }, () => freePorts(2, range)));
  expect(new Set(given.flat()).size).toBe(20);
});

test('a port that somebody listens on is not given', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await expect(freePorts(1, { from: port, to: port })).rejects.toMatchObject({
    code: 'ERR_UNABLE_CONNECTION',
  });
  server.close();
});

test('ports are below those of outgoing connections, which may hold one that a broker is about to use', () => {
  expect(portRange('32768\t60999\n')).toEqual({ from: 10_240, to: 32_767 });
  expect(portRange('16000 65535')).toEqual({ from: 10_240, to: 15_999 });
  expect(portRange('1024 65535')).toEqual({ from: 10_240, to: 65_535 });
  expect(portRange('')).toEqual({ from: 10_240, to: 65_535 });
});
