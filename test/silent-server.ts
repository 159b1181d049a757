// A TCP server on loopback that answers nothing and remembers what reached it.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface SilentServer {
  readonly port: number;
  readonly connections: number;
  /** Bytes of all connections together. */
  readonly received: number;
  close(): Promise<void>;
}

export async function openSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  let [connections, received] = [0, 0];
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('data', (bytes) => void (received += bytes.length)).on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get received() {
      return received;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
