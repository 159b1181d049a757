// Sees to exchanges and queues of Sealwire’s own: declares them, or where that is not allowed, checks that they are there.
import type { ConfirmChannel } from 'amqplib';

/**
 * The audit exchange: a durable topic exchange and, so that no event is lost before a SIEM binds its own, a durable queue
 * of the same name bound to everything. What may not be declared, or exists in another form, is left to the operator; events
 * that no queue takes then count as not written.
 * @throws the broker’s error where the exchange does not exist
 */
export async function declareAudit(
  name: string,
  open: () => Promise<ConfirmChannel>,
): Promise<ConfirmChannel> {
  const exchange = await attempt(await open(), (channel) =>
    channel.assertExchange(name, 'topic', { durable: true }),
  );
  let channel = exchange ?? (await open());
  if (exchange === null) await channel.checkExchange(name);
  const queue = await attempt(channel, async () => {
    await channel.assertQueue(name, { durable: true });
    await channel.bindQueue(name, name, '#');
  });
  channel = queue ?? (await open());
  return channel;
}

/**
 * The quarantine queue: durable. With an exchange, a durable fanout exchange before it, so that who writes there needs no
 * right on the default exchange, which reaches every queue.
 * @param exchange empty: the default exchange
 * @throws the broker’s error where one of them neither exists nor may be declared
 */
export async function declareQuarantine(
  name: string,
  exchange: string,
  open: () => Promise<ConfirmChannel>,
): Promise<ConfirmChannel> {
  const declared = await attempt(await open(), (channel) => channel.assertQueue(name, { durable: true }));
  let channel = declared ?? (await open());
  // A passive declare needs no right to configure.
  if (declared === null) await channel.checkQueue(name);
  if (exchange === '') return channel;
  const bound = await attempt(channel, async () => {
    await channel.assertExchange(exchange, 'fanout', { durable: true });
    await channel.bindQueue(name, exchange, '');
  });
  if (bound !== null) return bound;
  channel = await open();
  await channel.checkExchange(exchange);
  return channel;
}

/**
 * The exchange of notices: a durable fanout exchange. In another form it is used as it is.
 * @throws the broker’s error where it neither exists nor may be declared
 */
export async function declareNotices(
  name: string,
  open: () => Promise<ConfirmChannel>,
): Promise<ConfirmChannel> {
  const declared = await attempt(await open(), (channel) =>
    channel.assertExchange(name, 'fanout', { durable: true }),
  );
  if (declared !== null) return declared;
  const channel = await open();
  await channel.checkExchange(name);
  return channel;
}

const accessRefused = 403;
const preconditionFailed = 406;

/** A refusal closes the channel: then the answer is `null`. @throws any other error */
async function attempt(
  channel: ConfirmChannel,
  declare: (channel: ConfirmChannel) => Promise<unknown>,
): Promise<ConfirmChannel | null> {
  try {
    await declare(channel);
    return channel;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === accessRefused || code === preconditionFailed) return null;
    throw error;
  }
}
