// An ordinary kafkajs pipeline. Nothing in it knows of Sealwire: it takes any kafkajs Kafka.
import type { Kafka } from 'kafkajs';
import type { AgentMessage } from './agent-messages.ts';

const batchSize = 200;

/** Sends everything, several messages a `send`. @returns how many the broker has acknowledged */
export async function sendToKafka(
  kafka: Kafka,
  topic: string,
  messages: readonly AgentMessage[],
): Promise<number> {
  const producer = kafka.producer();
  await producer.connect();
  let sent = 0;
  try {
    for (let start = 0; start < messages.length; start += batchSize) {
      const batch = messages.slice(start, start + batchSize);
      await producer.send({
        topic,
        messages: batch.map(({ conversation, line }) => ({ key: conversation, value: line })),
      });
      sent += batch.length;
    }
  } finally {
    await producer.disconnect();
  }
  return sent;
}

/** Reads a topic from its beginning until so many messages were handed over. @returns their values, in that order */
export async function receiveFromKafka(
  kafka: Kafka,
  from: { readonly topic: string; readonly groupId: string; readonly count: number },
): Promise<Buffer[]> {
  const consumer = kafka.consumer({ groupId: from.groupId });
  const values: Buffer[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [from.topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const eachMessage = async ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
        values.push(message.value ?? Buffer.alloc(0));
        if (values.length === from.count) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return values;
}
