// Servers on loopback that remember every byte that reached them, within TLS and without.
import { once } from 'node:events';
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Credential } from './authority.ts';

export interface RecordingServer {
  readonly port: number;
  /** TCP connections so far. */
  readonly connections: number;
  /** What came inside TLS; of a plaintext server all that came. */
  received(): Buffer;
  close(): Promise<void>;
}

/**
 * A TLS server that takes whatever version, key or client it is told to: OpenSSL at security level 0.
 * It asks for a client certificate of `ca`, and does not judge it.
 */
export function recordTls(
  { chain, key }: Credential,
  ca: string,
  options: TlsOptions = {},
): Promise<RecordingServer> {
  const parts: Buffer[] = [];
  const server = createTlsServer(
    {
      cert: chain,
      key,
      ca,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
      ...options,
    },
    (socket) => void socket.on('data', (bytes: Buffer) => parts.push(bytes)).on('error', () => undefined),
  );
  server.on('tlsClientError', () => undefined);
  return listening(server, parts);
}

/** @param greet what it does with each connection */
export function recordPlain(greet: (socket: Socket) => void): Promise<RecordingServer> {
  const parts: Buffer[] = [];
  const server = createPlainServer((socket) => {
    socket.on('data', (bytes) => parts.push(bytes)).on('error', () => undefined);
    greet(socket);
  });
  return listening(server, parts);
}

async function listening(server: Server, parts: Buffer[]): Promise<RecordingServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    received: () => Buffer.concat(parts),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
