// A TCP proxy on loopback whose connections can be made slow, cut or reset, with toxiproxy's names.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { FaultLink } from './fault-link.js';
import type { Toxic } from './toxics.js';

export interface FaultProxyOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** In place of `Math.random`, where a run must be repeatable. */
  readonly random?: () => number;
}

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  /** Drawn once, against the toxicity of each toxic. */
  readonly luck: number;
  readonly gone: AbortController;
}

export class FaultProxy {
  readonly #server: Server;
  readonly #random: () => number;
  readonly #connections = new Set<Connection>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #toxics: readonly Toxic[] = [];
  #enabled = true;
  #upstreamPort: number;

  private constructor(upstreamPort: number, options: FaultProxyOptions) {
    this.#upstreamPort = upstreamPort;
    this.#random = options.random ?? Math.random;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Settles when it listens on loopback. @param upstreamPort of the server on loopback; 0 until `forwardTo` is called */
  static async open(upstreamPort: number, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstreamPort, options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** For a server that must know the proxy's port before it has its own. */
  forwardTo(upstreamPort: number): void {
    this.#upstreamPort = upstreamPort;
  }

  /** Holds for connections that are open as for new ones, until `heal`. Of each type one counts for each direction. */
  add(toxic: Toxic): void {
    this.#toxics = [...this.#toxics, toxic];
    for (const connection of this.#connections) this.#arm(connection, toxic);
  }

  /** Toxiproxy's `enabled: false`: open connections are closed, new ones refused by closing them at once. */
  down(): void {
    this.#enabled = false;
    for (const connection of this.#connections) this.#close(connection, false);
  }

  /** Takes all toxics away, and is up. */
  heal(): void {
    this.#enabled = true;
    this.#toxics = [];
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async close(): Promise<void> {
    this.heal();
    this.down();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    if (!this.#enabled) {
      client.on('error', () => undefined);
      client.destroy();
      return;
    }
    const server = connect({ port: this.#upstreamPort, host: '127.0.0.1', allowHalfOpen: true });
    const connection = { client, server, luck: this.#random(), gone: new AbortController() };
    this.#connections.add(connection);
    const { signal } = connection.gone;
    const link = (from: Socket, to: Socket, stream: 'upstream' | 'downstream'): Promise<void> =>
      new FaultLink(from, to, {
        toxics: () =>
          this.#toxics.filter(
            (toxic) => (toxic.stream ?? 'downstream') === stream && this.#touches(connection, toxic),
          ),
        random: this.#random,
        gone: signal,
        close: () => this.#close(connection, false),
      }).run();
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#close(connection, true));
      socket.on('close', (failed) => failed && this.#close(connection, true));
    }
    void Promise.all([link(client, server, 'upstream'), link(server, client, 'downstream')]).then(() =>
      this.#connections.delete(connection),
    );
    for (const toxic of this.#toxics) this.#arm(connection, toxic);
  }

  #touches(connection: Connection, { toxicity = 1 }: Toxic): boolean {
    return connection.luck < toxicity;
  }

  /** Those that end a connection after a time. */
  #arm(connection: Connection, toxic: Toxic): void {
    if (toxic.type !== 'timeout' && toxic.type !== 'reset_peer') return;
    if (!this.#touches(connection, toxic) || (toxic.type === 'timeout' && toxic.timeout === 0)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#close(connection, toxic.type === 'reset_peer');
    }, toxic.timeout);
    this.#timers.add(timer);
  }

  #close(connection: Connection, reset: boolean): void {
    if (!this.#connections.delete(connection)) return;
    connection.gone.abort();
    for (const socket of [connection.client, connection.server]) {
      if (reset && !socket.destroyed) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}
