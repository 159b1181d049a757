// Publishing persistent messages on a confirm channel, with a window of unconfirmed ones.
import type { ConfirmChannel } from 'amqplib';
import type { Way } from './ways.ts';

export const unconfirmedWindow = 1000;

/** Settles when the broker has confirmed every message. */
export async function publishAll(
  { queue }: Way,
  channel: ConfirmChannel,
  payloads: readonly Buffer[],
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let next = 0;
    let confirmed = 0;
    const refuse = (error: unknown): void =>
      reject(error instanceof Error ? error : new Error('a message could not be published'));
    const confirm = (error: unknown): void => {
      if (error !== null && error !== undefined) refuse(error);
      if (++confirmed === payloads.length) resolve();
      else fill();
    };
    const fill = (): void => {
      while (next < payloads.length && next - confirmed < unconfirmedWindow)
        channel.sendToQueue(queue, payloads[next++]!, { persistent: true }, confirm);
    };
    try {
      fill();
    } catch (error) {
      refuse(error);
    }
  });
}
