// Ends a socket’s life, however busy the other end keeps it.
import type { Socket } from 'node:net';

/** A time limit of the socket’s own begins anew with each byte that comes: a peer that drips would keep it open for ever. */
export function deadline(socket: Socket, limitMs: number, over: () => void): void {
  const timer = setTimeout(over, limitMs);
  socket.once('close', () => clearTimeout(timer));
}
