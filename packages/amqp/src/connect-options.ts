// What an application may say about a connection; everything else is the policy’s.
import { UsageError, type ConnectionGuard, type Description } from '@sealwire/core';
import type { Options, RecoveryOptions } from 'amqplib';

/** A publish as `describe` sees it. Nothing in it may be changed. */
export interface Publishing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly options: Readonly<Options.Publish>;
}

/** Options of amqplib that stay with the application, and one of Sealwire’s. TLS and credentials come from the policy. */
export interface SecureConnectOptions {
  readonly noDelay?: boolean;
  /** How long connecting may be silent, in ms. Default 10,000. */
  readonly timeout?: number;
  readonly keepAlive?: boolean;
  readonly keepAliveDelay?: number;
  readonly clientProperties?: Record<string, unknown>;
  /** As in amqplib: `setup` and the `connect` event get wrapped models only. */
  readonly recovery?: RecoveryOptions | boolean;
  /** Says what the route leaves open, such as the message type, for each message. */
  readonly describe?: (publishing: Publishing) => Description;
}

const known: ReadonlySet<string> = new Set([
  'noDelay',
  'timeout',
  'keepAlive',
  'keepAliveDelay',
  'clientProperties',
  'recovery',
  'describe',
]);

/**
 * Refuses options that the policy decides.
 * @throws UsageError ERR_USAGE_CONNECTION, which says what to write in sealwire.yaml
 */
export function refuseDecided(given: object, guard: ConnectionGuard): void {
  const decided: Record<string, unknown> = Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]: [string, unknown]) => !known.has(name) && value !== undefined,
    ),
  );
  const names = Object.keys(decided);
  if (names.length === 0) return;
  guard.refuseWeaker(decided);
  throw new UsageError(
    'ERR_USAGE_CONNECTION',
    `The policy decides ${names.join(', ')}: leave it out, and write TLS and credentials under connections.rabbitmq in sealwire.yaml.`,
    { options: names.join(',') },
  );
}
