// An audit trail of a small pipeline: two agents, messages that arrive, and one refused for each kind of alert.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KafkaMessage, Producer } from 'kafkajs';
import { withFlippedByte } from '../attack/envelope-parts.ts';
import { bareKafka, fresh, withAdmin } from '../fixture.ts';
import { copy } from '../kafka/copy.ts';
import { committedTo, openStage, sendValues, take, type Stage } from '../kafka/stage.ts';

export interface WrittenTrail {
  /** That of the pipeline: names the directory. */
  readonly policy: string;
  /** The audit topic. */
  readonly topic: string;
  /** What stands on it: each value is the bytes of one event. */
  readonly values: readonly Buffer[];
  readonly events: readonly OcsfEvent[];
}

/** As it is parsed; `unmapped` has everything by its own name. */
export interface OcsfEvent {
  readonly [name: string]: unknown;
  readonly unmapped: Readonly<Record<string, unknown>>;
}

/** Messages of the pipeline that arrive. */
export const good = 12;

/** Why one message each is refused; in the order of the alert kinds below. */
export const refusals = {
  ERR_VALIDATION_PAYLOAD: 'validation_failure',
  ERR_POLICY_SENDER: 'unauthorised_communication',
  ERR_INTEGRITY_SIGNATURE: 'encryption_failure',
  ERR_POLICY_REPLAY: 'unusual_pattern',
} as const;

export async function writeTrail(): Promise<WrittenTrail> {
  const stage = await openStage({ replay: '{ retry_window: 0s }' });
  const { policy } = stage;
  const folder = dirname(policy);
  const schema = { type: 'record', name: 'Order', fields: [{ name: 'item', type: 'string' }] };
  writeFileSync(join(folder, 'order.avsc'), JSON.stringify(schema));
  const change = (how: (text: string) => string): string => stage.variant(how);
  const received = change((text) => withSchema(text, '').replace(/from: \[[^\]]*\]/, 'from: [orchestrator]'));
  const unframed = change((text) => withSchema(text, ''));
  const framed = change((text) => withSchema(text, ', framing: confluent'));
  const orchestrator = await producerOf(stage, 'orchestrator', unframed);
  const items = Array.from({ length: good - 1 }, (_, index) => JSON.stringify({ item: `${index}` }));
  await sendValues(orchestrator, stage.topic, items);
  // A schema that the sender has framed and the receiver has not.
  await sendValues(await producerOf(stage, 'orchestrator', framed), stage.topic, [
    '\0\0\0\0\x07{"item":"x"}',
  ]);
  await sendValues(await producerOf(stage, 'researcher', unframed), stage.topic, ['{"item":"y"}']);
  await copyChanged(stage, 0);
  await copy(stage, 1);
  await sendValues(orchestrator, stage.topic, ['{"item":"last"}']);

  const sealwire = await stage.kafka('researcher', received);
  const consumer = stage.closes(sealwire.consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }));
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
  const committed = committedTo(consumer, String(good + Object.keys(refusals).length));
  await take(consumer, good);
  await committed;
  await stage.close();
  const values = await readAll(stage.audit);
  return {
    policy,
    topic: stage.audit,
    values,
    events: values.map((value) => JSON.parse(value.toString()) as OcsfEvent),
  };
}

const withSchema = (policy: string, more: string): string =>
  policy.replace(/content_type: [^}]*}/, `content_type: application/json, schema: order.avsc${more} }`);

async function producerOf(stage: Stage, agent: string, policy: string): Promise<Producer> {
  const producer = stage.closes((await stage.kafka(agent, policy)).producer());
  await producer.connect();
  return producer;
}

/** What an attacker does who can write to the topic. */
async function copyChanged({ topic, raw }: Stage, offset: number): Promise<void> {
  const { key, value, headers } = (await raw(topic, offset + 1))[offset]!;
  const bare = bareKafka().producer();
  await bare.connect();
  const changed = withFlippedByte(value!, 'body');
  await bare.send({ topic, messages: [{ key, value: changed, headers: headers!, partition: 0 }] });
  await bare.disconnect();
}

/** All records of a topic that nobody writes to any more. */
async function readAll(topic: string): Promise<Buffer[]> {
  const ends = await withAdmin((admin) => admin.fetchTopicOffsets(topic));
  const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const reader = bareKafka().consumer({ groupId: fresh('all'), maxWaitTimeInMs: 200 });
  await reader.connect();
  await reader.subscribe({ topics: [topic], fromBeginning: true });
  const messages: KafkaMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { readonly message: KafkaMessage }): Promise<void> => {
      messages.push(message);
      if (messages.length === total) resolve();
    };
    reader.run({ eachMessage }).catch(reject);
  });
  await reader.disconnect();
  return messages.map(({ value }) => value!);
}
