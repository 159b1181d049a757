// Reads an exchange of notices from now on, by a queue that is this process’s alone.
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { declareNotices } from './declare-target.js';

export interface NoticeReading {
  readonly exchange: string;
  /** The queue’s name, which nobody else uses. */
  readonly queue: string;
  readonly open: () => Promise<ConfirmChannel>;
  /** Never rejects. */
  readonly take: (notices: readonly Buffer[]) => Promise<void>;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How often it is seen to that the queue is still bound. */
  readonly bindEveryMs: number;
}

/** Not acknowledged yet, and so in memory, at most. */
const prefetch = 64;
/** More than any notice has (audit/SPEC.md, A-20). A larger one is held as long as amqplib takes to put it together. */
const maxNoticeBytes = 4 * 1024;
/** What waits while nothing is taken. Whoever may write there can have notices dropped by writing more: they are told again. */
const bounds = {
  maxLength: 4_096,
  arguments: { 'x-max-length-bytes': 4 * 1024 * 1024, 'x-overflow': 'drop-head' },
  // Older ones are believed by nobody.
  messageTtl: 90 * 60_000,
};

/**
 * Resolves when the channel has closed, whoever closed it. The queue goes with it.
 * @throws the broker’s error where exchange or queue cannot be had
 */
export async function readNotices(reading: NoticeReading): Promise<void> {
  const { exchange, signal, bindEveryMs } = reading;
  const channel = await declareNotices(exchange, reading.open);
  const closed = new Promise<void>((resolve) => void channel.once('close', resolve));
  const end = (): void => close(channel);
  signal.addEventListener('abort', end);
  let bindings: NodeJS.Timeout | undefined;
  try {
    const { queue } = await channel.assertQueue(reading.queue, {
      exclusive: true,
      autoDelete: true,
      durable: false,
      ...bounds,
    });
    await channel.bindQueue(queue, exchange, '');
    await channel.prefetch(prefetch);
    await channel.consume(queue, consumerOf(channel, reading.take));
    // An exchange that was deleted takes its bindings with it, and says nothing.
    bindings = setInterval(() => {
      channel.bindQueue(queue, exchange, '').catch(() => undefined);
    }, bindEveryMs).unref();
    if (signal.aborted) end();
    await closed;
  } finally {
    clearInterval(bindings);
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Gives what has come together, and acknowledges it when it was taken. */
function consumerOf(
  channel: ConfirmChannel,
  take: NoticeReading['take'],
): (message: ConsumeMessage | null) => void {
  let notices: Buffer[] = [];
  let last: ConsumeMessage['fields'] | null = null;
  let isTaking = false;
  const takeAll = async (): Promise<void> => {
    isTaking = true;
    while (last !== null) {
      const [taken, upTo] = [notices, last];
      [notices, last] = [[], null];
      if (taken.length > 0) await take(taken);
      acknowledge(channel, upTo);
    }
    isTaking = false;
  };
  return (message) => {
    // The broker has cancelled the consumer: the queue is gone.
    if (message === null) {
      close(channel);
      return;
    }
    if (message.content.length <= maxNoticeBytes) notices.push(message.content);
    last = message.fields;
    if (!isTaking) void takeAll();
  };
}

function acknowledge(channel: ConfirmChannel, fields: ConsumeMessage['fields']): void {
  try {
    channel.ack({ fields } as ConsumeMessage, true);
  } catch {
    // The channel has closed meanwhile.
  }
}

/** One that is closed already throws. */
function close(channel: ConfirmChannel): void {
  Promise.resolve()
    .then(() => channel.close())
    .catch(() => undefined);
}
