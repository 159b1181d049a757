// What connections of both APIs tell their listeners.
import type { EventEmitter } from 'node:events';
import type { Connection } from 'amqplib';

/** Passed on as they are; `error` has its own rule. */
export const modelEvents = ['close', 'blocked', 'unblocked', 'update-secret-ok'] as const;

/** Passed on as they are by models that recover; `connect` and failures have their own rule. */
export const recoveringEvents = [
  'disconnect',
  'reconnect-scheduled',
  'blocked',
  'unblocked',
  'error',
  'update-secret-ok',
] as const;

/**
 * Without a listener an `error` ends the process, as with amqplib. Not so on a model of one that recovers: there amqplib
 * listens itself.
 */
export function passErrorsIfHeard(inner: EventEmitter, outer: EventEmitter, onlyIfHeard: boolean): void {
  inner.on('error', (error: unknown) => {
    if (!onlyIfHeard || outer.listenerCount('error') > 0) outer.emit('error', error);
  });
}

/** A copy of what amqplib’s types promise of a connection. */
export function serverView(connection: Connection): Connection {
  return Object.freeze({ serverProperties: Object.freeze({ ...connection.serverProperties }) });
}
