// Program: a consumer in a process of its own, to be killed. Tells its parent each message, and acknowledges as it is told.
import { readFileSync } from 'node:fs';
import { secureConnect } from '@sealwire/amqp';
import { openSealwire } from 'sealwire';

export interface ConsumerStart {
  readonly agent: string;
  readonly policy: string;
  readonly url: string;
  readonly queue: string;
  readonly acknowledges: boolean;
  readonly prefetch: number;
}

const start = JSON.parse(readFileSync(0, 'utf8')) as ConsumerStart;
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
try {
  const sealwire = await openSealwire(start.policy, { agent: start.agent });
  const connection = await secureConnect(sealwire, start.url);
  const channel = await connection.createChannel();
  await channel.prefetch(start.prefetch);
  await channel.consume(start.queue, (message) => {
    if (message === null) return;
    say({ text: JSON.parse(message.content.toString()) as string, redelivered: message.fields.redelivered });
    if (start.acknowledges) channel.ack(message);
  });
  say({ consuming: true });
} catch (error) {
  say({ failed: (error as { code?: string }).code ?? String(error) });
}
