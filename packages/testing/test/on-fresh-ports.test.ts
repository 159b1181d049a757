// A server whose port was taken is started on others.
import { expect, test } from '@jest/globals';
import { onFreshPorts } from '../src/on-fresh-ports.js';

function failing(message: string, times: number): { calls: number; start: () => Promise<string> } {
  const server = {
    calls: 0,
    start: (): Promise<string> =>
      ++server.calls <= times ? Promise.reject(new Error(message)) : Promise.resolve('up'),
  };
  return server;
}

test.each([
  'Socket server failed to bind to 127.0.0.1:42801: Address already in use.',
  'posix_error eaddrinuse',
])('a start that fails with "%s" is tried again, and says so', async (message) => {
  const server = failing(message, 2);
  const lines: string[] = [];
  await expect(onFreshPorts(server.start, (line) => lines.push(line))).resolves.toBe('up');
  expect(server.calls).toBe(3);
  expect(lines).toHaveLength(2);
});

test('a port in use is reported after three tries', async () => {
  const server = failing('Address already in use', 9);
  await expect(onFreshPorts(server.start, () => undefined)).rejects.toThrow('Address already in use');
  expect(server.calls).toBe(3);
});

test('any other failure is not tried again', async () => {
  const server = failing('it ended with code 1', 9);
  await expect(onFreshPorts(server.start, () => undefined)).rejects.toThrow('code 1');
  expect(server.calls).toBe(1);
});
