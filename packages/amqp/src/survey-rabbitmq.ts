// Which queues and exchanges there are, and what may be published, as far as AMQP tells: for tools.
import { randomBytes } from 'node:crypto';
import type { ConnectionGuard } from '@sealwire/core';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { withToolConnection } from './tool-connection.js';

/** `missing`: there is none; `refused`: this agent may not see it. */
export type Presence = 'there' | 'missing' | 'refused';

export interface RabbitmqSurvey {
  /** `null` where the broker does not say. */
  readonly version: string | null;
  readonly queues: ReadonlyMap<string, { readonly presence: Presence; readonly messages: number }>;
  readonly exchanges: ReadonlyMap<string, Presence>;
  /** By exchange, `''` for the default one: whether this agent may publish to it. */
  readonly publishing: ReadonlyMap<string, 'allowed' | 'refused' | 'unknown'>;
  /** By exchange: whether this agent may read from it by such queues; `no queue`: it may not write to these. */
  readonly reading: ReadonlyMap<string, 'allowed' | 'refused' | 'no queue'>;
}

export interface RabbitmqQuestions {
  readonly queues: readonly string[];
  readonly exchanges: readonly string[];
  /** Exchanges that are asked whether this agent may publish to them. */
  readonly publishTo: readonly string[];
  /** Exchanges that are asked whether this agent may read from them, and how the queues begin by which it would. */
  readonly readFrom: readonly { readonly exchange: string; readonly queues: string }[];
}

/**
 * Declares passively, which changes nothing and needs no right. Whether something may be published is asked with a message
 * whose expiration is no number: RabbitMQ refuses it for that only where the right is there, and takes none of it. Whether
 * something may be read from an exchange, by taking away a binding that is not there from a queue that is not there.
 * @param url without credentials
 * @throws UsageError ERR_USAGE_TLS, ERR_USAGE_SASL, ERR_USAGE_CONNECTION; InabilityError ERR_UNABLE_CONNECTION
 */
export function surveyRabbitmq(
  guard: ConnectionGuard,
  url: string,
  { queues, exchanges, publishTo, readFrom }: RabbitmqQuestions,
): Promise<RabbitmqSurvey> {
  return withToolConnection(guard, url, async (model) => {
    const found = new Map<string, { presence: Presence; messages: number }>();
    for (const name of new Set(queues)) {
      const { answer, presence } = await asked(model, (channel) => channel.checkQueue(name));
      found.set(name, { presence, messages: answer?.messageCount ?? 0 });
    }
    const exchanged = new Map<string, Presence>();
    for (const name of new Set(exchanges)) {
      // The default exchange is always there, and may not be asked for.
      const { presence } =
        name === ''
          ? { presence: 'there' as const }
          : await asked(model, (channel) => channel.checkExchange(name));
      exchanged.set(name, presence);
    }
    const publishing = new Map<string, 'allowed' | 'refused' | 'unknown'>();
    for (const name of new Set(publishTo)) publishing.set(name, await publishable(model, name));
    const reading = new Map<string, 'allowed' | 'refused' | 'no queue'>();
    for (const { exchange, queues } of readFrom)
      reading.set(exchange, await readable(model, exchange, queues));
    return { version: versionOf(model), queues: found, exchanges: exchanged, publishing, reading };
  });
}

const [accessRefused, notFound, preconditionFailed] = [403, 404, 406];

/** A refusal closes the channel. @throws any other error */
async function asked<T>(
  model: ChannelModel,
  ask: (channel: ConfirmChannel) => Promise<T>,
): Promise<{ readonly answer: T | null; readonly presence: Presence }> {
  const channel = await model.createConfirmChannel();
  channel.on('error', () => undefined);
  try {
    const answer = await ask(channel);
    await channel.close();
    return { answer, presence: 'there' };
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === notFound) return { answer: null, presence: 'missing' };
    if (code === accessRefused) return { answer: null, presence: 'refused' };
    throw error;
  }
}

async function publishable(
  model: ChannelModel,
  exchange: string,
): Promise<'allowed' | 'refused' | 'unknown'> {
  const channel = await model.createConfirmChannel();
  const closed = new Promise<unknown>((resolve) => {
    channel.on('error', (error: { readonly code?: unknown }) => resolve(error.code));
    channel.on('close', () => resolve(null));
  });
  // Refused before it is routed: the right to write is judged first, then what a message says of itself.
  channel.publish(exchange, 'sealwire.nowhere', Buffer.alloc(0), { expiration: 'none', mandatory: true });
  const taken = channel.waitForConfirms().then(
    () => 'taken',
    () => closed,
  );
  const code = await Promise.race([closed, taken]);
  if (code === preconditionFailed) return 'allowed';
  return code === accessRefused ? 'refused' : 'unknown';
}

/** RabbitMQ judges the rights to both ends first; it has nothing to say of a binding, or a queue, that is not there. */
async function readable(
  model: ChannelModel,
  exchange: string,
  queues: string,
): Promise<'allowed' | 'refused' | 'no queue'> {
  const queue = queues + randomBytes(16).toString('hex');
  let refusal = '';
  const { presence } = await asked(model, (channel) =>
    channel.unbindQueue(queue, exchange, '').catch((error: unknown) => {
      refusal = String(error);
      throw error;
    }),
  );
  if (presence !== 'refused') return 'allowed';
  return /access to queue '/.test(refusal) ? 'no queue' : 'refused';
}

/** amqplib’s types do not show it. */
function versionOf(model: ChannelModel): string | null {
  const { serverProperties } = model.connection as unknown as {
    readonly serverProperties?: { readonly version?: unknown };
  };
  return typeof serverProperties?.version === 'string' ? serverProperties.version : null;
}
