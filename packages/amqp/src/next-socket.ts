// amqplib makes its sockets itself and shows them after the login: this finds one while its handshake is being judged.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TLSSocket } from 'node:tls';

/** Node.js tells here of each socket that is about to connect, within the call that makes it. */
const channelName = 'net.client.socket';

/** Of one client, which may open several connections at once. */
export class NextSocket {
  #judged: TLSSocket | null = null;

  /** To be called right before the client makes a socket, in the same turn: that one is looked out for, and no other. */
  expect(): void {
    const found = (message: unknown): void => {
      unsubscribe(channelName, found);
      const { socket } = message as { readonly socket: TLSSocket };
      // Emitted right before Node.js asks `checkServerIdentity`, in the same turn.
      socket.prependOnceListener('secure', () => {
        this.#judged = socket;
      });
    };
    subscribe(channelName, found);
    // Where none was made after all.
    queueMicrotask(() => unsubscribe(channelName, found));
  }

  /** For `checkServerIdentity`: the socket that it is asked about, once; `null` where Node.js did not tell. */
  take(): TLSSocket | null {
    const socket = this.#judged;
    this.#judged = null;
    return socket;
  }
}
