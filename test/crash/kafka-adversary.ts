// An insider on Kafka: reads everything, and appends old records again, as they are. Its reading also serves the accounting.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Place } from '@sealwire/audit';
import type { Admin, Consumer, KafkaMessage, Producer } from 'kafkajs';
import { bareKafka, fresh } from '../fixture.ts';
import type { Outcome, Quarantined } from './history.ts';
import { messageHashIn } from './message-hash.ts';
import type { Chance } from './random.ts';
import { Sample } from './random.ts';
import { kafka as names } from './topology.ts';
import { outcomeOf } from './verdict.ts';

interface Seen {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaMessage;
}

const text = (message: KafkaMessage, name: string): string => {
  const value = message.headers?.[name];
  return value === undefined ? '' : (Array.isArray(value) ? value[0]! : value).toString();
};

export class KafkaAdversary {
  readonly log = new Map<
    string,
    { readonly id: string; readonly place: string; readonly appendedAtMs: number }
  >();
  readonly outcomes: Outcome[] = [];
  readonly quarantine: Quarantined[] = [];
  /** Every event of the audit topic, as it stands there. */
  readonly trail: { readonly bytes: Buffer; readonly place: Place }[] = [];
  /** Names of the messages that are in the log, by message hash. */
  readonly arrived = new Map<string, string>();
  readonly injected: { readonly id: string; readonly topic: string; readonly partition: number }[] = [];
  readonly #sample: Sample<Seen>;
  readonly #chance: Chance;
  readonly #positions = new Map<string, number>();
  readonly #client = bareKafka({ retries: 40 });
  readonly #producer: Producer = this.#client.producer({ allowAutoTopicCreation: false });
  readonly #admin: Admin = this.#client.admin();
  #consumer: Consumer | null = null;
  #closing = false;

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#sample = new Sample(2_000, chance);
  }

  async open(): Promise<void> {
    await this.#producer.connect();
    await this.#admin.connect();
    await this.#read();
  }

  /** Appends old records until told to stop. @param everyMs on average */
  async attack(everyMs: number, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await pause(this.#chance.between(0, 2 * everyMs));
      const seen = this.#sample.pick();
      if (seen === undefined) continue;
      const { id, message } = seen;
      const turn = this.#chance.next();
      const topic = turn < 0.8 ? seen.topic : names.topics.find((name) => name !== seen.topic)!;
      const partition = turn < 0.6 ? seen.partition : Math.floor(this.#chance.next() * names.partitions);
      // Before, so that what has no answer counts too.
      this.injected.push({ id, topic, partition });
      const { key, value, headers } = message;
      try {
        await this.#producer.send({
          topic,
          messages: [{ key, value, partition, ...(headers ? { headers } : {}) }],
        });
      } catch {
        // The broker is away. Whether it was appended, the log will tell.
      }
    }
  }

  /** How many records the group has not committed yet, of those that are in the topics now. */
  async lag(group: string): Promise<number> {
    let lag = 0;
    const committed = await this.committed(group);
    for (const topic of names.topics)
      for (const { partition, high } of await this.#admin.fetchTopicOffsets(topic))
        lag += Number(high) - (committed.get(`${topic}/${partition}`) ?? 0);
    return lag;
  }

  /** The group’s offsets as the broker has them, by `topic/partition`. */
  async committed(group: string): Promise<Map<string, number>> {
    const all = await this.#admin.fetchOffsets({ groupId: group, topics: [...names.topics] });
    return new Map(
      all.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Math.max(0, Number(offset))]),
      ),
    );
  }

  /** Settles when everything that is in the topics now has been read. */
  async catchUp(): Promise<void> {
    for (const topic of [...names.topics, names.quarantine, names.audit])
      for (const { partition, high } of await this.#admin.fetchTopicOffsets(topic))
        for (let waited = 0; (this.#positions.get(`${topic}/${partition}`) ?? 0) < Number(high); waited++) {
          if (waited > 600) throw new Error(`${topic}/${partition} could not be read to ${high}`);
          await pause(100);
        }
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled([
      this.#consumer?.disconnect(),
      this.#producer.disconnect(),
      this.#admin.disconnect(),
    ]);
  }

  async #read(): Promise<void> {
    const consumer = this.#client.consumer({
      groupId: fresh('adversary'),
      maxWaitTimeInMs: 200,
      sessionTimeout: 20_000,
    });
    this.#consumer = consumer;
    consumer.on(consumer.events.CRASH, ({ payload: { restart } }) => {
      // From the start again: what was seen already is seen twice, which changes nothing.
      if (!restart && !this.#closing) void pause(1_000).then(() => this.#read().catch(() => undefined));
    });
    await consumer.connect();
    await consumer.subscribe({
      topics: [...names.topics, names.quarantine, names.audit],
      fromBeginning: true,
    });
    await consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: ({ batch }) => {
        const { topic, partition } = batch;
        const key = `${topic}/${partition}`;
        for (const message of batch.messages) {
          const offset = Number(message.offset);
          if (offset < (this.#positions.get(key) ?? 0)) continue;
          this.#see(topic, partition, message);
          this.#positions.set(key, offset + 1);
        }
        return Promise.resolve();
      },
    });
  }

  #see(topic: string, partition: number, message: KafkaMessage): void {
    if (topic === names.audit) {
      this.trail.push({ bytes: message.value!, place: { partition, offset: message.offset } });
      const outcome = outcomeOf(message.value!);
      if (outcome !== null) this.outcomes.push(outcome);
      return;
    }
    if (topic === names.quarantine) {
      this.quarantine.push({
        place: `${text(message, 'sealwire-topic')}/${text(message, 'sealwire-partition')}/${text(message, 'sealwire-offset')}`,
        recordHash: text(message, 'sealwire-record-hash'),
        code: text(message, 'sealwire-code'),
      });
      return;
    }
    const id =
      text(message, 'id') ||
      createHash('sha256')
        .update(message.value ?? '')
        .digest('hex');
    const place = `${topic}/${partition}/${message.offset}`;
    const hash = messageHashIn(message.value, message.key);
    if (hash !== null) this.arrived.set(hash, id);
    this.log.set(place, { id, place, appendedAtMs: Number(message.timestamp) });
    this.#sample.add({ id, topic, partition, message });
  }
}
