// Ports that nobody listens on.
import { createServer, type Server } from 'node:net';

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/**
 * Distinct free ports on loopback. They were free a moment ago: nothing keeps another process from taking one
 * before the broker does, which the broker's start then reports.
 */
export async function freePorts(count: number): Promise<number[]> {
  // All are held before one is given back, or the same could come twice.
  const servers = await Promise.all(Array.from({ length: count }, listen));
  return Promise.all(
    servers.map((server) => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      return new Promise<number>((resolve) => server.close(() => resolve(port)));
    }),
  );
}
