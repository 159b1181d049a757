// Producing: batches of a size, some sends in flight, acknowledged by all.
import type { Producer } from 'kafkajs';
import { inBatches, type Payload } from '../payloads.ts';
import type { Variant } from '../rounds.ts';
import type { Way } from './clients.ts';

export const batchSize = 500;
export const sendsInFlight = 4;

/** A connected producer that sends the same messages each round. */
export class Producing implements Variant {
  readonly name: string;
  readonly #topic: string;
  readonly #producer: Producer;
  readonly #payloads: readonly Payload[];
  readonly #batchSize: number;

  constructor({ name, topic, sender }: Way, payloads: readonly Payload[], size = batchSize) {
    this.name = name;
    this.#topic = topic;
    this.#producer = sender.producer();
    this.#payloads = payloads;
    this.#batchSize = size;
  }

  connect(): Promise<void> {
    return this.#producer.connect();
  }

  disconnect(): Promise<void> {
    return this.#producer.disconnect();
  }

  async run(): Promise<number> {
    await this.send(this.#payloads);
    return this.#payloads.length;
  }

  async send(payloads: readonly Payload[]): Promise<void> {
    const batches = inBatches(payloads, this.#batchSize).values();
    const sender = async (): Promise<void> => {
      for (const messages of batches)
        // A list of its own: kafkajs may put something into the messages.
        await this.#producer.send({
          topic: this.#topic,
          messages: messages.map((message) => ({ ...message })),
          acks: -1,
        });
    };
    await Promise.all(Array.from({ length: sendsInFlight }, sender));
  }
}
