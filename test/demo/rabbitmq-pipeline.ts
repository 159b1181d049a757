// An ordinary amqplib pipeline. Nothing in it knows of Sealwire: it takes any ChannelModel of amqplib.
import type { ChannelModel } from 'amqplib';
import type { AgentMessage } from './agent-messages.ts';

const batchSize = 200;

/** Publishes everything on a confirm channel. @returns how many the broker has confirmed */
export async function publishToRabbitmq(
  connection: ChannelModel,
  to: { readonly exchange: string; readonly routingKey: string },
  messages: readonly AgentMessage[],
): Promise<number> {
  const channel = await connection.createConfirmChannel();
  let sent = 0;
  for (let start = 0; start < messages.length; start += batchSize) {
    const batch = messages.slice(start, start + batchSize);
    for (const { line } of batch) {
      channel.publish(to.exchange, to.routingKey, Buffer.from(line), { persistent: true });
    }
    await channel.waitForConfirms();
    sent += batch.length;
  }
  await channel.close();
  return sent;
}

/** Consumes a queue until so many messages were handed over. @returns their contents, in that order */
export async function consumeFromRabbitmq(
  connection: ChannelModel,
  from: { readonly queue: string; readonly count: number },
): Promise<Buffer[]> {
  const channel = await connection.createChannel();
  await channel.prefetch(batchSize);
  const contents: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    channel.on('error', reject);
    const receive = (message: Parameters<Parameters<typeof channel.consume>[1]>[0]): void => {
      if (message === null) {
        reject(new Error('the broker cancelled the consumer'));
        return;
      }
      contents.push(message.content);
      channel.ack(message);
      if (contents.length === from.count) resolve();
    };
    channel.consume(from.queue, receive).catch(reject);
  });
  await channel.close();
  return contents;
}
