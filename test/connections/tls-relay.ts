// Stands before a real broker as that broker, ending TLS with the broker's own certificate: what it says to clients can be changed.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import { fixture } from '../fixture.ts';
import { advertising, type Advertised } from './advertising.ts';

export class TlsRelay {
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();
  /** Where Kafka's metadata say that the broker is; `null`: as it says itself. */
  advertised: Advertised | null = null;

  private constructor(upstreamPort: number, options: TlsOptions) {
    const { brokerTls, tls } = fixture();
    const ca = readFileSync(tls.caFile);
    this.#server = createServer(
      {
        ca,
        cert: readFileSync(brokerTls!.certFile),
        key: readFileSync(brokerTls!.keyFile),
        requestCert: true,
        rejectUnauthorized: true,
        ...options,
      },
      (client) => {
        const broker = connect({
          host: 'localhost',
          port: upstreamPort,
          ca,
          cert: readFileSync(tls.adminCertFile),
          key: readFileSync(tls.adminKeyFile),
        });
        const { upstream, downstream } = advertising(() => this.advertised);
        client.on('data', (bytes: Buffer) => void broker.write(upstream(bytes)));
        broker.on('data', (bytes: Buffer) => void client.write(downstream(bytes)));
        for (const [socket, other] of [
          [client, broker],
          [broker, client],
        ] as const) {
          this.#sockets.add(socket);
          socket
            .on('error', () => undefined)
            .on('close', () => {
              this.#sockets.delete(socket);
              other.destroy();
            });
        }
      },
    );
    this.#server.on('tlsClientError', () => undefined);
  }

  /** @param options of its TLS, over those of a broker with mutual TLS */
  static async open(upstreamPort: number, options: TlsOptions = {}): Promise<TlsRelay> {
    const relay = new TlsRelay(upstreamPort, options);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
