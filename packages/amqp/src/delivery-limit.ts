// How often RabbitMQ gives a message back before it takes it out of its queue for good, as far as a client can know.
import type { Options } from 'amqplib';

/** What is known of a queue: its arguments, where this client declared it. A broker's policies can add to them, unseen. */
export interface QueueLimit {
  /** Returns after which the broker takes a message out; `null`: never. */
  readonly returns: number | null;
  /** Where such a message goes; `null`: nowhere, it is gone. */
  readonly deadLetterExchange: string | null;
}

/** RabbitMQ 4's for every quorum queue whose arguments and policies give none. */
export const defaultReturns = 20;
const firstWithDefault = 4;

/**
 * The limit of a queue that was declared so, and accepted so by the broker, which compares arguments.
 * @param version the broker's; one that cannot be read has the default limit
 * @returns `null` where the arguments do not say it: without a type, the broker's default decides
 */
export function queueLimit(options: Options.AssertQueue, version: string | null): QueueLimit | null {
  const given = (options.arguments ?? {}) as Readonly<Record<string, unknown>>;
  const type = plain(given['x-queue-type']);
  if (type !== 'quorum') return typeof type === 'string' ? unlimited : null;
  const exchange = options.deadLetterExchange ?? plain(given['x-dead-letter-exchange']);
  return {
    returns: returnsOf(plain(given['x-delivery-limit']), version),
    deadLetterExchange: typeof exchange === 'string' ? exchange : null,
  };
}

/** amqplib takes `{ '!': type, value }` for a value whose type on the wire the application chooses. */
const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && '!' in value ? (value as { value?: unknown }).value : value;

const unlimited: QueueLimit = { returns: null, deadLetterExchange: null };

/** A negative limit is none since RabbitMQ 4, and 0 before. */
function returnsOf(given: unknown, version: string | null): number | null {
  const major = Number(/^\d+/.exec(version ?? '')?.[0] ?? firstWithDefault);
  const isOld = major < firstWithDefault;
  if (typeof given !== 'number') return isOld ? null : defaultReturns;
  if (given >= 0) return given;
  return isOld ? 0 : null;
}
