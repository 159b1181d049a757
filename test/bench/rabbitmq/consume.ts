// Consuming with a prefetch, acknowledging each message.
import type { ConsumeMessage } from 'amqplib';
import type { Timed } from '../rounds.ts';
import type { Way } from './ways.ts';

export const prefetch = 1000;

/** No message for so long means that some were rejected or lost. */
const stallMs = 60_000;

/** Takes exactly so many messages, timed from the first; closing the channel waits for the acknowledgements. */
export async function consumeAll({ name, queue, receiver }: Way, messages: number): Promise<Timed> {
  const channel = await receiver.createChannel();
  await channel.prefetch(prefetch);
  const cpu = { start: process.threadCpuUsage() };
  let startMs = 0;
  await new Promise<void>((resolve, reject) => {
    let seen = 0;
    const stalled = setTimeout(() => reject(new Error(`${name} stalled`)), stallMs);
    const receive = (message: ConsumeMessage | null): void => {
      if (message === null) {
        reject(new Error('the broker cancelled the consumer'));
        return;
      }
      if (seen++ === 0) {
        startMs = performance.now();
        cpu.start = process.threadCpuUsage();
      }
      channel.ack(message);
      stalled.refresh();
      if (seen < messages) return;
      clearTimeout(stalled);
      resolve();
    };
    channel.consume(queue, receive).catch(reject);
  });
  await channel.close();
  const { user, system } = process.threadCpuUsage(cpu.start);
  return { messages, wallMs: performance.now() - startMs, mainThreadMs: (user + system) / 1000 };
}
