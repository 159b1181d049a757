// Each toxic does to a connection what toxiproxy's of that name does.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FaultProxy } from '../src/fault-proxy.js';
import { slices } from '../src/toxics.js';

let echo: Server;
let proxy: FaultProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await FaultProxy.open((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

async function open(): Promise<Socket> {
  const client = connect(proxy.port, '127.0.0.1');
  clients.push(client);
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}

/** Sends, and waits for as many bytes. @returns them and the ms it took */
async function roundTrip(
  client: Socket,
  bytes: Buffer,
): Promise<{ back: Buffer; ms: number; chunks: number }> {
  const began = performance.now();
  const chunks: Buffer[] = [];
  const all = new Promise<void>((resolve) => {
    client.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunks.reduce((sum, { length }) => sum + length, 0) >= bytes.length) resolve();
    });
  });
  client.write(bytes);
  await all;
  client.removeAllListeners('data');
  return { back: Buffer.concat(chunks), ms: performance.now() - began, chunks: chunks.length };
}

/** What comes within a time. */
async function within(client: Socket, ms: number): Promise<number> {
  let bytes = 0;
  client.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await pause(ms);
  return bytes;
}

const some = Buffer.from('some bytes');

/** Of several round trips: the machine may stand still for a moment. */
async function fastest(client: Socket): Promise<number> {
  let fastestMs = Infinity;
  for (let i = 0; i < 10; i++) fastestMs = Math.min(fastestMs, (await roundTrip(client, some)).ms);
  return fastestMs;
}

test('without toxics everything passes unchanged, more than any buffer holds', async () => {
  const large = Buffer.alloc(8 * 1024 * 1024, 'large');
  const { back } = await roundTrip(await open(), large);
  expect(back.equals(large)).toBe(true);
});

test('the end of one direction leaves the other open', async () => {
  const client = await open();
  const { back } = await roundTrip(client, some);
  expect(back.equals(some)).toBe(true);
  client.end();
  await once(client, 'end');
});

test('latency delays, and does not once it is healed', async () => {
  const client = await open();
  proxy.add({ type: 'latency', latency: 200, jitter: 20 });
  expect((await roundTrip(client, some)).ms).toBeGreaterThanOrEqual(175);
  proxy.add({ type: 'latency', latency: 200, stream: 'upstream' });
  expect((await roundTrip(client, some)).ms).toBeGreaterThanOrEqual(375);
  proxy.heal();
  expect(await fastest(client)).toBeLessThan(150);
});

test('bandwidth is what it says in KiB a second', async () => {
  proxy.add({ type: 'bandwidth', rate: 100, stream: 'upstream' });
  const { ms } = await roundTrip(await open(), Buffer.alloc(40 * 1024));
  expect(ms).toBeGreaterThanOrEqual(390);
});

test('slow_close delays the end, not the data', async () => {
  proxy.add({ type: 'slow_close', delay: 300 });
  const client = await open();
  expect(await fastest(client)).toBeLessThan(250);
  const began = performance.now();
  client.resume();
  client.end();
  await once(client, 'end');
  expect(performance.now() - began).toBeGreaterThanOrEqual(290);
});

test('timeout 0 passes nothing and never closes; what waited comes when it is healed', async () => {
  const client = await open();
  proxy.add({ type: 'timeout', timeout: 0 });
  client.write(some);
  expect(await within(client, 200)).toBe(0);
  expect(client.destroyed).toBe(false);
  proxy.heal();
  expect(await within(client, 200)).toBe(some.length);
});

test('timeout closes after its time', async () => {
  const client = await open();
  proxy.add({ type: 'timeout', timeout: 150 });
  const began = performance.now();
  client.write(some);
  await once(client, 'close');
  expect(performance.now() - began).toBeGreaterThanOrEqual(140);
  expect(client.bytesRead).toBe(0);
});

test('reset_peer resets both sides', async () => {
  const client = await open();
  await roundTrip(client, some);
  const failed = once(client, 'error');
  // A listener of errors makes `once` of another event reject.
  proxy.add({ type: 'reset_peer', timeout: 50 });
  expect(await failed).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
  expect(proxy.connections).toBe(0);
});

test('slicer cuts data up and keeps every byte', async () => {
  const bytes = Buffer.from(Array.from({ length: 2_000 }, (_, i) => i % 251));
  proxy.add({ type: 'slicer', average_size: 100, size_variation: 50, delay: 2_000 });
  const { back, chunks } = await roundTrip(await open(), bytes);
  expect(back.equals(bytes)).toBe(true);
  expect(chunks).toBeGreaterThan(3);
  const pieces = slices(bytes, { type: 'slicer', average_size: 100, size_variation: 50 }, () => 0.99);
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  expect(pieces[0]!.length).toBe(149);
});

test('limit_data closes after so many bytes', async () => {
  proxy.add({ type: 'limit_data', bytes: 15 });
  const client = await open();
  const closed = once(client, 'close');
  let bytes = 0;
  client.on('data', (chunk: Buffer) => (bytes += chunk.length));
  client.write(Buffer.alloc(100));
  await closed;
  expect(bytes).toBeLessThanOrEqual(15);
});

test('down closes what is open and takes nothing new, until it is healed', async () => {
  const client = await open();
  await roundTrip(client, some);
  const closed = once(client, 'close');
  proxy.down();
  await closed;
  const refused = await open();
  await once(refused, 'close');
  proxy.heal();
  expect((await roundTrip(await open(), some)).back.equals(some)).toBe(true);
});

test('a toxicity of a half touches those connections only whose luck is below it', async () => {
  await proxy.close();
  const draws = [0.2, 0.8];
  proxy = await FaultProxy.open((echo.address() as AddressInfo).port, { random: () => draws.shift() ?? 0.5 });
  const [unlucky, lucky] = [await open(), await open()];
  proxy.add({ type: 'timeout', timeout: 0, toxicity: 0.5 });
  expect((await roundTrip(lucky, some)).back.equals(some)).toBe(true);
  unlucky.write(some);
  expect(await within(unlucky, 150)).toBe(0);
});
