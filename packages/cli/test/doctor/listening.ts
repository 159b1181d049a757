// Servers on loopback that a test sets up as badly as it wants, and that remember what reached them.
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { InitReport } from '../../src/index.js';

export interface Listening {
  readonly port: number;
  /** What reached it, of all connections together; over TLS what was inside. */
  readonly received: () => Buffer;
  close(): Promise<void>;
}

/** What a connection is answered; `null`: it is closed. */
type Answer = (bytes: Buffer) => Buffer | null;

const closes: Answer = () => null;

export const listenPlainly = (answer: Answer = closes): Promise<Listening> =>
  listening((take) => createServer((socket) => take(socket, answer)));

/** With the certificate that `init` made for brokers, unless it is given another; asks for a client certificate. */
export const listenOverTls = (
  made: InitReport,
  options: TlsOptions = {},
  answer: Answer = closes,
): Promise<Listening> =>
  listening((take) =>
    createTlsServer(
      {
        key: readFileSync(made.tls.brokerKeyFile),
        cert: readFileSync(made.tls.brokerCertFile),
        ca: readFileSync(made.tls.caFile),
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.3',
        ...options,
      },
      (socket) => take(socket, answer),
    ).on('tlsClientError', () => undefined),
  );

async function listening(
  make: (take: (socket: Socket, answer: Answer) => void) => Server,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  const server = make((socket, answer) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      received.push(bytes);
      const reply = answer(bytes);
      if (reply === null) socket.destroy();
      else socket.write(reply);
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(received),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** As Kafka answers a request: its correlation id, and a body. */
export const kafkaAnswer =
  (body: Buffer): Answer =>
  (bytes) => {
    if (bytes.length < 12 || bytes.readInt32BE(0) !== bytes.length - 4) return null;
    const head = Buffer.alloc(8);
    head.writeInt32BE(4 + body.length, 0);
    bytes.copy(head, 4, 8, 12);
    return Buffer.concat([head, body]);
  };

/** SaslHandshake: no such mechanism, but these. */
export function mechanismsBody(names: readonly string[]): Buffer {
  const parts = names.map((name) => {
    const length = Buffer.alloc(2);
    length.writeInt16BE(name.length);
    return Buffer.concat([length, Buffer.from(name)]);
  });
  const head = Buffer.alloc(6);
  head.writeInt16BE(33, 0);
  head.writeInt32BE(names.length, 2);
  return Buffer.concat([head, ...parts]);
}

/** connection.start of AMQP 0-9-1 with an empty table of properties. */
export function amqpStart(mechanisms: string): Buffer {
  const long = (text: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return Buffer.concat([length, Buffer.from(text)]);
  };
  const payload = Buffer.concat([
    Buffer.from([0, 10, 0, 10, 0, 9]),
    long(''),
    long(mechanisms),
    long('en_US'),
  ]);
  const head = Buffer.alloc(7);
  head[0] = 1;
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}
