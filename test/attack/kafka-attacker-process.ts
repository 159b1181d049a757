// The process of kafka-attacker.ts: writes what it is told to, until nobody is there to tell it any more.
import { inflateRawSync } from 'node:zlib';
import { bareKafka } from '../fixture.ts';
import type { Answer, Order } from './kafka-attacker.ts';

const producer = bareKafka().producer();
const connected = producer.connect();

process.on('message', (order: Order) => {
  void write(order).then((answer) => process.send!(answer));
});
process.on('disconnect', () => {
  void producer.disconnect().finally(() => process.exit());
});

async function write({ topic, partition, key, headers, value }: Order): Promise<Answer> {
  try {
    await connected;
    const inflated = value === null ? null : inflateRawSync(value);
    const messages = [{ partition, key, value: inflated, headers: { ...headers } }];
    await producer.send({ topic, messages });
    return { written: true };
  } catch (error) {
    const { type, message } = error as { type?: string; message: string };
    return { written: false, tooLarge: type === 'MESSAGE_TOO_LARGE', reason: message };
  }
}
