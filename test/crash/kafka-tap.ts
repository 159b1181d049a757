// Stands between Sealwire and kafkajs: writes down what kafkajs is given, before it has it.
import kafkajs, { type Message, type ProducerBatch, type ProducerConfig } from 'kafkajs';
import type { Journal } from './journal.ts';
import { messageHashIn } from './message-hash.ts';
import { kafka as names } from './topology.ts';

/** For all producers that are made from now on. */
export function tapKafka(journal: Journal): void {
  const clients = kafkajs.Kafka.prototype;
  const { producer: make } = clients;
  clients.producer = function (this: kafkajs.Kafka, config?: ProducerConfig) {
    const producer = make.call(this, config);
    const { sendBatch } = producer;
    producer.sendBatch = (batch: ProducerBatch) => {
      const handed = (batch.topicMessages ?? [])
        .filter(({ topic }) => (names.topics as readonly string[]).includes(topic))
        .flatMap(({ messages }) => messages.flatMap(handedFrom));
      if (handed.length > 0) journal.write({ t: 'handed', messages: handed });
      return sendBatch(batch);
    };
    return producer;
  };
}

function handedFrom({ key, value, headers }: Message): (readonly [string, string])[] {
  const hash = messageHashIn(value as Buffer | null, (key ?? null) as Buffer | null);
  return hash === null ? [] : [[String(headers?.['id']), hash]];
}
